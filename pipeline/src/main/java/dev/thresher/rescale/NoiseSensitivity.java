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
 *   offset[k]  sum of the logits' squares per unit of a squared offset, the same at all positions
 *
 *   weights     noise_x[j]  += inside_k noise_y[k]  sum_taps W[k, j]^2
 *               offset_x[j] += inside_k offset_y[k] (sum_taps W[k, j])^2
 *   pool        noise_x = noise_y / (H W) ;  offset_x = offset_y
 * </pre>
 *
 * with inside_k the share of values between the bounds of the clamp. Exact for one linear layer; a
 * model, not a bound, for a network. Cost: one pass over the weights.
 */
final class NoiseSensitivity {
  private final Graph graph;
  private final ChannelStatistics statistics;
  private final Map<String, double[]> noise = new HashMap<>();
  private final Map<String, double[]> offset = new HashMap<>();

  NoiseSensitivity(ChannelStatistics statistics) {
    this.graph = statistics.graph();
    this.statistics = statistics;
    graph
        .shapes()
        .forEach(
            (tensor, shape) -> {
              noise.put(tensor, new double[shape.channels()]);
              offset.put(tensor, new double[shape.channels()]);
            });
    java.util.Arrays.fill(noise.get(graph.output()), 1);
    java.util.Arrays.fill(offset.get(graph.output()), 1);
    List<Node> nodes = graph.nodes();
    for (int i = nodes.size() - 1; i >= 0; i--) {
      carry(nodes.get(i));
    }
  }

  /** By channel, per unit of variance after the activation. */
  double[] noise(String tensor) {
    return noise.get(tensor);
  }

  /** By channel, per unit of a squared offset after the activation. */
  double[] offset(String tensor) {
    return offset.get(tensor);
  }

  /** Share of a channel's values that a change before the activation moves. */
  double inside(Node node, int channel) {
    return node.activation().isNone() || node.operator() instanceof Flatten
        ? 1
        : statistics.seen(node.name()).channelInside(channel);
  }

  private void carry(Node node) {
    double[] noiseBefore = noise.get(node.name()).clone();
    double[] offsetBefore = offset.get(node.name()).clone();
    for (int k = 0; k < noiseBefore.length; k++) {
      noiseBefore[k] *= inside(node, k);
      offsetBefore[k] *= inside(node, k);
    }
    for (String input : node.inputs()) {
      if (node.operator() instanceof Weighted layer) {
        carry(
            WeightMatrix.of(layer, graph.shape(input).channels()),
            input,
            noiseBefore,
            offsetBefore);
      } else {
        boolean pools = node.operator() instanceof GlobalAveragePool;
        int positions = graph.shape(input).height() * graph.shape(input).width();
        for (int k = 0; k < noiseBefore.length; k++) {
          noise.get(input)[k] += noiseBefore[k] / (pools ? positions : 1);
          offset.get(input)[k] += offsetBefore[k];
        }
      }
    }
  }

  private void carry(WeightMatrix matrix, String input, double[] noiseOut, double[] offsetOut) {
    double[] squares = matrix.sums(w -> w * w);
    double[] sums = matrix.sums(w -> w);
    double[] noiseIn = noise.get(input);
    double[] offsetIn = offset.get(input);
    for (int k = 0; k < matrix.filters(); k++) {
      for (int c = 0; c < matrix.perFilter(); c++) {
        int channel = matrix.firstInput()[k] + c;
        int at = k * matrix.perFilter() + c;
        noiseIn[channel] += noiseOut[k] * squares[at];
        offsetIn[channel] += offsetOut[k] * sums[at] * sums[at];
      }
    }
  }
}
