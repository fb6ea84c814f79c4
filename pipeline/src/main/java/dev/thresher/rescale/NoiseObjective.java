package dev.thresher.rescale;

import dev.thresher.engine.ScaleLayout;
import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import dev.thresher.quantize.QuantizationSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The variance that quantization adds to the logits, as a function of all factors: the sum of every
 * layer's {@link WeightNoise} and every tensor's {@link ActivationNoise}, convex in the logarithms
 * of the factors, so that it has one minimum, whatever the scale at which each channel came in; and
 * of {@link ClampNoise} where clamps are fitted, which is not convex. Inputs count by how they
 * vary: what rounding makes of their means, biases take up ({@link
 * dev.thresher.calibrate.BiasCorrection}).
 */
final class NoiseObjective {
  private record Layer(WeightNoise noise, int out, int in) {}

  private record Activations(ActivationNoise noise, int group) {}

  private record Clamp(ClampNoise noise, int group) {}

  private final List<Clamp> clamps = new ArrayList<>();
  private final List<Layer> layers = new ArrayList<>();
  private final List<Activations> activations = new ArrayList<>();

  /**
   * The noise of a network.
   *
   * @param groupOf index of each tensor's group
   */
  NoiseObjective(
      ChannelStatistics statistics, Map<String, Integer> groupOf, QuantizationSpec spec) {
    Graph graph = statistics.graph();
    NoiseSensitivity sensitivity = new NoiseSensitivity(statistics);
    for (Node node : graph.nodes()) {
      if (node.linear().isPresent()) {
        String input = node.inputs().get(0);
        int channels = graph.shape(input).channels();
        WeightMatrix matrix = WeightMatrix.of(node.weighted(), channels);
        double[] costs = costs(node, matrix, statistics, sensitivity);
        WeightNoise noise =
            new WeightNoise(matrix, channels, costs, spec.granularity(), spec.weightMax());
        layers.add(new Layer(noise, groupOf.get(node.name()), groupOf.get(input)));
      }
    }
    for (String tensor : ScaleLayout.quantizedTensors(graph)) {
      double[] ranges = new double[graph.shape(tensor).channels()];
      for (int k = 0; k < ranges.length; k++) {
        ranges[k] = statistics.unboundedRange(tensor, k);
      }
      int levels = spec.activationMax() / (statistics.isNegative(tensor) ? 2 : 1);
      double bound = statistics.activation(tensor).upper();
      double[] noise = sensitivity.noise(tensor);
      activations.add(
          new Activations(new ActivationNoise(ranges, bound, noise, levels), groupOf.get(tensor)));
      if (Double.isFinite(bound)) {
        clamps.add(new Clamp(new ClampNoise(noise), groupOf.get(tensor)));
      }
    }
  }

  private static double[] costs(
      Node node, WeightMatrix matrix, ChannelStatistics statistics, NoiseSensitivity sensitivity) {
    String input = node.inputs().get(0);
    double[] variances = new double[statistics.graph().shape(input).channels()];
    Arrays.setAll(variances, channel -> statistics.variance(input, channel));
    double[] noise = sensitivity.noise(node.name());
    double[] costs = new double[matrix.filters() * matrix.perFilter()];
    for (int k = 0; k < matrix.filters(); k++) {
      double cost = matrix.taps() * sensitivity.inside(node, k) * noise[k];
      for (int i = 0; i < matrix.perFilter(); i++) {
        costs[k * matrix.perFilter() + i] = cost * variances[matrix.firstInput()[k] + i];
      }
    }
    return costs;
  }

  /** The noise; adds its derivatives to those of the factors. Layers are computed side by side. */
  double add(List<Factors> factors) {
    double noise = 0;
    double[] byLayer =
        layers.parallelStream()
            .mapToDouble(
                layer -> layer.noise().compute(factors.get(layer.out()), factors.get(layer.in())))
            .toArray();
    for (int i = 0; i < byLayer.length; i++) {
      Layer layer = layers.get(i);
      layer.noise().addTo(factors.get(layer.out()), factors.get(layer.in()));
      noise += byLayer[i];
    }
    for (Activations tensor : activations) {
      noise += tensor.noise().add(factors.get(tensor.group()));
    }
    for (Clamp clamp : clamps) {
      noise += clamp.noise().add(factors.get(clamp.group()));
    }
    return noise;
  }
}
