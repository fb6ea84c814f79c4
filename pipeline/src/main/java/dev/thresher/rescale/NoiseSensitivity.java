package dev.thresher.rescale;

import dev.thresher.network.Combine;
import dev.thresher.network.Graph;
import dev.thresher.network.Layout;
import dev.thresher.network.Linear;
import dev.thresher.network.Node;
import dev.thresher.network.Operator;
import dev.thresher.network.Pointwise;
import dev.thresher.network.Reduce;
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
    return node.activation().isNone() || graph.isView(node.name())
        ? 1
        : statistics.seen(node.name()).channelInside(channel);
  }

  private void carry(Node node) {
    double[] before = noise.get(node.name()).clone();
    for (int k = 0; k < before.length; k++) {
      before[k] *= inside(node, k);
    }
    node.operator().accept(new Carrying(node, before)).run();
  }

  /** How one node's noise comes from its inputs. */
  private final class Carrying implements Operator.FoldedVisitor<Runnable> {
    private final Node node;
    private final double[] out;

    Carrying(Node node, double[] out) {
      this.node = node;
      this.out = out;
    }

    @Override
    public Runnable linear(Linear layer) {
      String input = node.inputs().get(0);
      return () -> carry(WeightMatrix.of(layer, graph.shape(input).channels()), input, out);
    }

    @Override
    public Runnable pointwise(Pointwise pointwise) {
      return pointwise.match(identity -> () -> pass(1));
    }

    @Override
    public Runnable combine(Combine combine) {
      return combine.match(add -> () -> pass(1));
    }

    @Override
    public Runnable reduce(Reduce reduce) {
      int positions = reduce.positions(graph.shape(node.inputs().get(0)));
      return reduce.match(mean -> () -> pass(positions));
    }

    @Override
    public Runnable layout(Layout layout) {
      return layout.match(flatten -> () -> pass(1));
    }

    private void pass(int positions) {
      for (String input : node.inputs()) {
        for (int k = 0; k < out.length; k++) {
          noise.get(input)[k] += out[k] / positions;
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
