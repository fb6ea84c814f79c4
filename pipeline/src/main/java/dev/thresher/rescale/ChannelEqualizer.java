package dev.thresher.rescale;

import dev.thresher.calibrate.CalibratedNetwork;
import dev.thresher.calibrate.FloatOrigin;
import dev.thresher.fold.FoldedNetwork;
import dev.thresher.network.Graph;
import dev.thresher.network.Linear;
import dev.thresher.network.Node;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Gives every channel between two layers the factor with which quantization disturbs the logits
 * least: convolution, depthwise convolution and classifier alike, over residual sums too.
 *
 * <pre>
 *   W_this[k] *= s_k ;  b_this[k] *= s_k ;  W_next[:, k] /= r_k
 *   s minimizes the sum of the noise of all weights and activations  ({@link NoiseObjective})
 * </pre>
 *
 * Constant channels are taken out first ({@link ConstantChannels}). Factors keep what the network
 * computes on the calibration images, with r_k = s_k: a channel that reaches the upper bound of its
 * clamp is locked, others stay under it ({@link ChannelFreedom}). Logits agree to float rounding,
 * apart from what constant channels allow. By {@link ClampRule#FIT} such channels are scaled too,
 * and logits agree to what that costs. Without it the minimum is one, and the search starts at a
 * place that does not depend on the scale of the channels that come in; so the result is the same,
 * up to a factor of each whole tensor that quantization does not see, for every rescaling of a
 * network, itself included. All in double, in the order of the graph: the same bytes everywhere.
 * Cost: three passes over the weights per iteration. Source: method, section 3 (beyond the paper);
 * the idea to equalize is Nagel et al., arXiv 1906.04721.
 */
public final class ChannelEqualizer {
  /**
   * Share of the logits' error that fitted clamps must get below to be taken. The model knows less
   * of a clamp's error than of rounding's: on networks where it promised 0.88 or more of the error,
   * they did harm; where it promised 0.47, accuracy rose from a third to three quarters of the
   * float's.
   */
  private static final double MUCH_LESS = 0.75;

  private final ChannelStatistics statistics;
  private final List<ChannelGroup> groups;
  private final List<ChannelFreedom> freedoms;
  private final List<Factors> factors = new ArrayList<>();
  private final Map<String, Integer> groupOf = new HashMap<>();
  private double noise;

  private ChannelEqualizer(ChannelStatistics statistics, ClampRule rule) {
    this.statistics = statistics;
    this.groups = ChannelGroup.of(statistics.graph());
    this.freedoms =
        groups.stream().map(group -> ChannelFreedom.of(group, statistics, rule)).toList();
    for (int g = 0; g < groups.size(); g++) {
      factors.add(start(groups.get(g), freedoms.get(g)));
      for (String tensor : groups.get(g).tensors()) {
        groupOf.put(tensor, g);
      }
    }
  }

  /**
   * Equalizes a calibrated network.
   *
   * @param iterations steps of the search, 1 or more
   * @param rule for channels that reach the bound of their clamp
   * @param spec the quantization that is to disturb the logits least
   */
  public static RescaledNetwork equalize(
      CalibratedNetwork calibrated, int iterations, ClampRule rule, QuantizationSpec spec) {
    ConstantChannels.Result cleaned = ConstantChannels.absorb(calibrated);
    Graph graph = cleaned.folded().graph();
    ChannelStatistics statistics = new ChannelStatistics(graph, calibrated.statistics());
    ChannelEqualizer equalizer = solved(statistics, iterations, rule, spec);
    for (int g = 0; g < equalizer.groups.size(); g++) {
      equalizer.settle(g);
    }
    equalizer.factors.forEach(Factors::refresh);
    Graph scaled = equalizer.scaled();
    FoldedNetwork folded = calibrated.folded();
    return new RescaledNetwork(
        new FoldedNetwork(folded.name(), scaled, folded.sha256()),
        new FloatOrigin(folded.graph(), equalizer.factorsOfTensors()),
        RescalingReport.all(iterations, equalizer.report(scaled), cleaned.absorbed()));
  }

  private Map<String, double[]> factorsOfTensors() {
    Map<String, double[]> byTensor = new HashMap<>();
    groupOf.forEach((tensor, group) -> byTensor.put(tensor, factors.get(group).factors()));
    return byTensor;
  }

  private static ChannelEqualizer solved(
      ChannelStatistics statistics, int iterations, ClampRule rule, QuantizationSpec spec) {
    if (rule != ClampRule.AUTO) {
      ChannelEqualizer equalizer = new ChannelEqualizer(statistics, rule);
      equalizer.descend(iterations, spec);
      return equalizer;
    }
    ChannelEqualizer kept = solved(statistics, iterations, ClampRule.KEEP, spec);
    if (kept.freedoms.stream().allMatch(freedom -> freedom.lockedChannels() == 0)) {
      return kept;
    }
    ChannelEqualizer fitted = solved(statistics, iterations, ClampRule.FIT, spec);
    return fitted.noise < MUCH_LESS * MUCH_LESS * kept.noise ? fitted : kept;
  }

  private void descend(int iterations, QuantizationSpec spec) {
    NoiseObjective objective = new NoiseObjective(statistics, groupOf, spec);
    noise = NoiseDescent.run(objective, freedoms, factors, iterations);
  }

  /** Every channel of a tensor at one range, as far as it is free. */
  private Factors start(ChannelGroup group, ChannelFreedom freedom) {
    double[] ranges = ranges(group);
    double greatest = Arrays.stream(ranges).max().orElse(0);
    double[] logarithms = new double[ranges.length];
    for (int k = 0; k < logarithms.length; k++) {
      if (!freedom.locked()[k] && ranges[k] > 0) {
        logarithms[k] = freedom.clamp(k, StrictMath.log(greatest / ranges[k]));
      }
    }
    return new Factors(logarithms, freedom.fits());
  }

  private double[] ranges(ChannelGroup group) {
    double[] ranges = new double[group.channels()];
    for (String tensor : group.tensors()) {
      for (int k = 0; k < ranges.length; k++) {
        ranges[k] = Math.max(ranges[k], statistics.range(tensor, k));
      }
    }
    return ranges;
  }

  /** Gives a group without locked channels the greatest range that it had, under its bounds. */
  private void settle(int g) {
    if (freedoms.get(g).isPinned()) {
      return;
    }
    double[] ranges = ranges(groups.get(g));
    double[] logarithms = factors.get(g).logarithms();
    double before = 0;
    double after = 0;
    for (int k = 0; k < ranges.length; k++) {
      before = Math.max(before, ranges[k]);
      after = Math.max(after, ranges[k] * StrictMath.exp(logarithms[k]));
    }
    double shift = after > 0 ? StrictMath.log(before / after) : 0;
    for (int k = 0; k < ranges.length; k++) {
      shift = Math.min(shift, StrictMath.log(freedoms.get(g).limit()[k]) - logarithms[k]);
    }
    for (int k = 0; k < ranges.length; k++) {
      logarithms[k] += shift;
    }
  }

  private Graph scaled() {
    Map<String, Node> replaced = new HashMap<>();
    for (Node node : statistics.graph().nodes()) {
      if (node.linear().isPresent()) {
        double[] out = factors.get(groupOf.get(node.name())).factors();
        double[] in = factors.get(groupOf.get(node.inputs().get(0))).readFactors();
        replaced.put(node.name(), node.withOperator(scaled(node.weighted(), out, in)));
      }
    }
    return statistics.graph().with(replaced);
  }

  /** A layer whose output channels are multiplied and whose input channels are divided. */
  static Linear scaled(Linear layer, double[] out, double[] in) {
    ChannelWeights channels = new ChannelWeights(layer, in.length);
    float[] weights = layer.weights().values();
    float[] bias = layer.bias().values();
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) (weights[i] * (out[channels.filter(i)] / in[channels.input(i)]));
    }
    for (int k = 0; k < bias.length; k++) {
      bias[k] = (float) (bias[k] * out[k]);
    }
    return layer.with(Tensor.of(weights, layer.weights().shape()), Tensor.of(bias, bias.length));
  }

  private List<RescaledGroup> report(Graph scaled) {
    List<RescaledGroup> report = new ArrayList<>();
    for (int g = 0; g < groups.size(); g++) {
      ChannelGroup group = groups.get(g);
      report.add(
          RescaledGroup.of(
              group,
              freedoms.get(g),
              factors.get(g).factors(),
              RescaledGroup.Spread.of(group, statistics.graph()),
              RescaledGroup.Spread.of(group, scaled)));
    }
    return report;
  }
}
