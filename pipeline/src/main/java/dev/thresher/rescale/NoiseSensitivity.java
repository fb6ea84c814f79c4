package dev.thresher.rescale;

import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import dev.thresher.network.Operator.Flatten;
import dev.thresher.network.Operator.GlobalAveragePool;
import dev.thresher.network.Operator.Weighted;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How much noise on a tensor moves the logits: energies carried back from the logits as if all
 * errors were independent.
 *
 * <pre>
 *   noise[k]   sum of the logits' variances per unit of independent variance at every position
 *
 *   weights    noise_x[j] += inside_k noise_y[k] sum_taps W[k, j]^2
 *   pool       noise_x = noise_y / (H W)
 * </pre>
 *
 * with inside_k the share of values between the bounds of the clamp. Exact for one linear layer; a
 * model, not a bound, for a network. Cost: one pass over the weights.
 */
final class NoiseSensitivity {
  private final Graph graph;
  private final ChannelStatistics statistics;
  private final Map<String, double[]> noise = new HashMap<>();

  NoiseSensitivity(ChannelStatistics statistics) {
    this.graph = statistics.graph();
    this.statistics = statistics;
    graph.shapes().forEach((tensor, shape) -> noise.put(tensor, new double[shape.channels()]));
    java.util.Arrays.fill(noise.get(graph.output()), 1);
    List<Node> nodes = graph.nodes();
    for (int i = nodes.size() - 1; i >= 0; i--) {
      carry(nodes.get(i));
    }
  }

  /** By channel, per unit of variance after the activation. */
  double[] noise(String tensor) {
    return noise.get(tensor);
  }

  /** Share of a channel's values that a change before the activation moves. */
  double inside(Node node, int channel) {
    return node.activation().isNone() || node.operator() instanceof Flatten
        ? 1
        : statistics.seen(node.name()).channelInside(channel);
  }

  private void carry(Node node) {
    double[] before = noise.get(node.name()).clone();
    for (int k = 0; k < before.length; k++) {
      before[k] *= inside(node, k);
    }
    for (String input : node.inputs()) {
      if (node.operator() instanceof Weighted layer) {
        carry(WeightMatrix.of(layer, graph.shape(input).channels()), input, before);
      } else {
        boolean pools = node.operator() instanceof GlobalAveragePool;
        int positions = graph.shape(input).height() * graph.shape(input).width();
        for (int k = 0; k < before.length; k++) {
          noise.get(input)[k] += before[k] / (pools ? positions : 1);
        }
      }
    }
  }

  private void carry(WeightMatrix matrix, String input, double[] out) {
    double[] squares = matrix.sums(w -> w * w);
    double[] in = noise.get(input);
    for (int k = 0; k < matrix.filters(); k++) {
      for (int c = 0; c < matrix.perFilter(); c++) {
        in[matrix.firstInput()[k] + c] += out[k] * squares[k * matrix.perFilter() + c];
      }
    }
  }
}
