package dev.thresher.calibrate;

import dev.thresher.engine.Engine;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.network.Activation;
import dev.thresher.network.Graph;
import dev.thresher.network.Linear;
import dev.thresher.network.Node;
import dev.thresher.tensor.Tensor;
import java.io.Serializable;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Corrects biases for the mean error of every layer on its own: what quantized weights add, a
 * baseline of the field, and what clamps do that rescaling does not commute with.
 *
 * <pre>
 *   b'[k] = s[k] E[y[k]] - sum w[k] E[x]                    here, for clamps
 *   b_q[k] of b'[k] - sum (w_hat[k] - w[k]) E[x]            by the integers, for rounding
 * </pre>
 *
 * with means over images and positions, y the float network's value before the activation, s[k]
 * what rescaling multiplied it by, x the layer's input as the float network's values, scaled and
 * clamped, give it, and w_hat the weights on their grids, trained ones included ({@link
 * dev.thresher.engine.IntegerNetwork}). Filters without a weight are left alone. Source: Nagel et
 * al., Data-Free Quantization through Weight Equalization and Bias Correction, ICCV 2019, section
 * 4.2, with measured instead of assumed means. Cost of an image: a float forward pass, and a sum
 * for each tap of a kernel. An image's means are in double, their sum over images is in fixed point
 * and exact: how they are split and merged leaves no trace. Used by one thread at a time.
 */
public final class BiasCorrection implements AutoCloseable {
  private final Graph graph;
  private final FloatOrigin origin;
  private final FloatPass floats;
  private final Means means = new Means();

  /**
   * Prepares to measure means.
   *
   * @param origin what the network was made from
   * @param graph of the network whose biases are to be corrected
   */
  public BiasCorrection(Engine engine, FloatOrigin origin, Graph graph) {
    this.graph = graph;
    this.origin = origin;
    this.floats = engine.floatPass(origin.graph(), 1);
  }

  /**
   * Means of some images, in real values of the network to be quantized: by weighted node, what
   * each weight of a filter meets, [groups, I / groups, taps], and what each filter should give
   * before its activation.
   */
  public static final class Means implements Serializable {
    private static final long serialVersionUID = 2L;

    private final Map<String, ExactSums> inputs = new HashMap<>();
    private final Map<String, ExactSums> outputs = new HashMap<>();
    private int images;

    private static void add(Map<String, ExactSums> sums, String node, double[] values) {
      ExactSums sum = sums.computeIfAbsent(node, key -> new ExactSums(values.length));
      for (int i = 0; i < values.length; i++) {
        sum.add(i, values[i]);
      }
    }

    private void merge(Means other) {
      other.inputs.forEach((node, sum) -> inputs.merge(node, sum.copy(), Means::merged));
      other.outputs.forEach((node, sum) -> outputs.merge(node, sum.copy(), Means::merged));
      images += other.images;
    }

    private static ExactSums merged(ExactSums sum, ExactSums other) {
      sum.merge(other);
      return sum;
    }

    private double[] of(ExactSums sums) {
      double[] means = new double[sums.channels()];
      Arrays.setAll(means, i -> sums.sum(i) / images);
      return means;
    }
  }

  /**
   * Measures one more image.
   *
   * @param image normalised, [H, W, C]
   */
  public void add(float[] image) {
    floats.observe(image, 1, (index, tensor, before) -> measure(tensor, before));
    means.images++;
  }

  /** The means of the images measured so far; not a copy. */
  public Means means() {
    return means;
  }

  private void measure(String tensor, float[] before) {
    float[] values = scaled(tensor, before);
    if (!tensor.equals(graph.input()) && graph.node(tensor).linear().isPresent()) {
      Means.add(means.outputs, tensor, channelMeans(values, graph.shape(tensor).channels()));
    }
    activate(tensor, values);
    for (Node node : graph.nodes()) {
      // Passes do not show views.
      if (node.linear().isPresent() && graph.seenAt(node.inputs().get(0)).equals(tensor)) {
        double[] windows = WindowMeans.of(node.weighted(), values, graph.shape(tensor));
        Means.add(means.inputs, node.name(), windows);
      }
    }
  }

  private float[] scaled(String tensor, float[] before) {
    double[] factors = origin.factors(tensor);
    float[] scaled = new float[graph.shape(tensor).size()];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = (float) (before[i] * factors[i % factors.length]);
    }
    return scaled;
  }

  private void activate(String tensor, float[] values) {
    if (!tensor.equals(graph.input())) {
      Activation activation = graph.node(tensor).activation();
      for (int i = 0; i < values.length; i++) {
        values[i] = activation.apply(values[i]);
      }
    }
  }

  private static double[] channelMeans(float[] map, int channels) {
    double[] means = new double[channels];
    for (int i = 0; i < map.length; i++) {
      means[i % channels] += map[i];
    }
    int positions = map.length / channels;
    for (int k = 0; k < channels; k++) {
      means[k] /= positions;
    }
    return means;
  }

  /**
   * The network with corrected biases.
   *
   * @param parts means of all images, in any split; at least one image
   */
  public static ThresholdedNetwork corrected(ThresholdedNetwork network, List<Means> parts) {
    Means all = new Means();
    parts.forEach(all::merge);
    Map<String, Node> replaced = new HashMap<>();
    Map<String, float[]> inputMeans = new HashMap<>();
    for (Node node : network.graph().nodes()) {
      if (node.linear().isPresent()) {
        Linear layer = node.weighted();
        double[] inputs = all.of(all.inputs.get(node.name()));
        double[] outputs = all.of(all.outputs.get(node.name()));
        Tensor bias = bias(layer, inputs, outputs);
        replaced.put(node.name(), node.withOperator(layer.with(layer.weights(), bias)));
        inputMeans.put(node.name(), floats(inputs));
      }
    }
    return new ThresholdedNetwork(
        network.graph().with(replaced), network.spec(), network.ranges(), inputMeans);
  }

  private static Tensor bias(Linear layer, double[] inputs, double[] outputs) {
    float[] bias = layer.bias().values();
    int each = layer.filterSize();
    int filtersInGroup = bias.length / layer.groups();
    for (int k = 0; k < bias.length; k++) {
      double sum = 0;
      boolean reads = false;
      for (int j = 0; j < each; j++) {
        float weight = layer.weights().get(k * each + j);
        reads |= weight != 0;
        sum += weight * inputs[k / filtersInGroup * each + j];
      }
      bias[k] = reads ? (float) (outputs[k] - sum) : bias[k];
    }
    return Tensor.of(bias, bias.length);
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  @Override
  public void close() {
    floats.close();
  }
}
