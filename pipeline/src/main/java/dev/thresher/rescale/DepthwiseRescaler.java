package dev.thresher.rescale;

import dev.thresher.calibrate.CalibratedNetwork;
import dev.thresher.calibrate.FloatOrigin;
import dev.thresher.calibrate.TensorStatistics;
import dev.thresher.fold.FoldedNetwork;
import dev.thresher.network.Activation;
import dev.thresher.network.Graph;
import dev.thresher.network.Linear.Convolution;
import dev.thresher.network.Node;
import dev.thresher.rescale.RescaledPair.TargetRule;
import dev.thresher.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The paper's rescaling of depthwise -> [ReLU | ReLU6] -> convolution, exactly as written (method,
 * section 3).
 *
 * <pre>
 *   W_dw[k] *= s_k ;  b_dw[k] *= s_k ;  W_conv[:, k] /= s_k
 * </pre>
 *
 * Channel k is locked (s_k = 1) where its greatest value before the activation is at least {@link
 * #LOCK_LIMIT} of a bound of 6. The others are scaled to the mean filter range of the locked ones,
 * but never so far that they reach the lock limit themselves. Where nothing is locked the target is
 * the largest range at which no channel would. Logits before and after agree on the calibration
 * images to float rounding. Cost: one pass over the pair's weights.
 */
public final class DepthwiseRescaler {
  /** Share of the activation's upper bound from which a channel is locked: 5.9 of ReLU6's 6. */
  public static final double LOCK_LIMIT = 5.9 / 6;

  /** Factors stay within 2^-20 to 2^20, so that scaled constants stay normal floats. */
  private static final double GREATEST_FACTOR = 1 << 20;

  private DepthwiseRescaler() {}

  /** Rescales every pair of a calibrated network. */
  public static RescaledNetwork rescale(CalibratedNetwork calibrated) {
    FoldedNetwork folded = calibrated.folded();
    Graph graph = folded.graph();
    Map<String, Node> replaced = new HashMap<>();
    Map<String, double[]> factors = new HashMap<>();
    List<RescaledPair> pairs = new ArrayList<>();
    for (Node node : graph.nodes()) {
      if (!isScalable(graph, node)) {
        continue;
      }
      Node first = replaced.getOrDefault(node.name(), node);
      Node reader = graph.consumers(node.name()).get(0);
      Node second = replaced.getOrDefault(reader.name(), reader);
      TensorStatistics statistics = calibrated.statistics().tensor(node.name());
      Pair pair = new Pair(first, second, statistics);
      replaced.put(first.name(), first.withOperator(pair.scaledFirst()));
      replaced.put(second.name(), second.withOperator(pair.scaledSecond()));
      factors.put(first.name(), pair.factors);
      pairs.add(pair.report());
    }
    FoldedNetwork result = new FoldedNetwork(folded.name(), graph.with(replaced), folded.sha256());
    return new RescaledNetwork(
        result, new FloatOrigin(graph, factors), RescalingReport.depthwise(pairs));
  }

  private static boolean isScalable(Graph graph, Node node) {
    Activation activation = node.activation();
    boolean homogeneous =
        (activation.lower() == 0 || activation.lower() == Float.NEGATIVE_INFINITY)
            && activation.upper() > 0;
    List<Node> readers = graph.consumers(node.name());
    return Convolution.of(node.operator()).filter(Convolution::isDepthwise).isPresent()
        && homogeneous
        && readers.size() == 1
        && Convolution.of(readers.get(0).operator()).filter(c -> c.groups() == 1).isPresent();
  }

  /** One depthwise layer, the convolution behind it, and the factors between them. */
  private static final class Pair {
    private final Node first;
    private final Node second;
    private final Convolution depthwise;
    private final Convolution convolution;
    private final double[] ranges;
    private final double[] factors;
    private int locked;
    private int limited;
    private int zero;
    private double target;
    private TargetRule rule = TargetRule.MEAN_OF_LOCKED;

    Pair(Node first, Node second, TensorStatistics statistics) {
      this.first = first;
      this.second = second;
      this.depthwise = Convolution.of(first.operator()).orElseThrow();
      this.convolution = Convolution.of(second.operator()).orElseThrow();
      this.ranges = filterRanges(depthwise);
      this.factors = new double[ranges.length];
      chooseFactors(statistics);
    }

    private void chooseFactors(TensorStatistics statistics) {
      double limit = first.activation().upper() * LOCK_LIMIT;
      chooseTarget(statistics, limit);
      for (int k = 0; k < factors.length; k++) {
        double greatest = statistics.channelMax(k);
        factors[k] = 1;
        if (ranges[k] == 0) {
          zero++;
        } else if (greatest < limit) {
          double wanted = target / ranges[k];
          double allowed = greatest > 0 ? limit / greatest : Double.POSITIVE_INFINITY;
          limited += wanted > allowed ? 1 : 0;
          factors[k] =
              Math.min(Math.max(Math.min(wanted, allowed), 1 / GREATEST_FACTOR), GREATEST_FACTOR);
        }
      }
    }

    private void chooseTarget(TensorStatistics statistics, double limit) {
      double sum = 0;
      double largest = 0;
      double unclipped = Double.POSITIVE_INFINITY;
      for (int k = 0; k < ranges.length; k++) {
        double greatest = statistics.channelMax(k);
        largest = Math.max(largest, ranges[k]);
        if (greatest >= limit) {
          locked++;
          sum += ranges[k];
        } else if (greatest > 0 && ranges[k] > 0) {
          unclipped = Math.min(unclipped, ranges[k] * limit / greatest);
        }
      }
      if (locked > 0 && sum > 0) {
        target = sum / locked;
      } else {
        rule = TargetRule.LARGEST_WITHOUT_CLIPPING;
        target = Math.min(largest, unclipped);
      }
    }

    private static double[] filterRanges(Convolution depthwise) {
      double[] ranges = new double[depthwise.filters()];
      int each = depthwise.filterSize();
      for (int i = 0; i < depthwise.weights().size(); i++) {
        ranges[i / each] = Math.max(ranges[i / each], Math.abs(depthwise.weights().get(i)));
      }
      return ranges;
    }

    Convolution scaledFirst() {
      float[] weights = depthwise.weights().values();
      float[] bias = depthwise.bias().values();
      int each = depthwise.filterSize();
      for (int i = 0; i < weights.length; i++) {
        weights[i] = (float) (weights[i] * factors[i / each]);
      }
      for (int k = 0; k < bias.length; k++) {
        bias[k] = (float) (bias[k] * factors[k]);
      }
      return depthwise.with(
          Tensor.of(weights, depthwise.weights().shape()), Tensor.of(bias, bias.length));
    }

    Convolution scaledSecond() {
      float[] weights = convolution.weights().values();
      int taps = convolution.kernelHeight() * convolution.kernelWidth();
      for (int i = 0; i < weights.length; i++) {
        weights[i] = (float) (weights[i] / factors[i / taps % factors.length]);
      }
      return convolution.with(
          Tensor.of(weights, convolution.weights().shape()), convolution.bias());
    }

    RescaledPair report() {
      double[] after = new double[ranges.length];
      for (int k = 0; k < after.length; k++) {
        after[k] = ranges[k] * factors[k];
      }
      return new RescaledPair(
          first.name(),
          second.name(),
          ranges.length,
          locked,
          limited,
          zero,
          target,
          rule,
          spread(ranges),
          spread(after));
    }

    private static double spread(double[] ranges) {
      double least = Double.POSITIVE_INFINITY;
      double greatest = 0;
      for (double range : ranges) {
        if (range > 0) {
          least = Math.min(least, range);
          greatest = Math.max(greatest, range);
        }
      }
      return greatest == 0 ? 1 : greatest / least;
    }
  }
}
