package dev.thresher.calibrate;

import dev.thresher.engine.Engine;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.IntegerNetwork.Weights;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.network.Activation;
import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import dev.thresher.network.Operator.Flatten;
import dev.thresher.network.Operator.Weighted;
import dev.thresher.tensor.Tensor;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Corrects biases for the mean error of every layer on its own: what quantized weights add, a
 * baseline of the field, and what clamps do that rescaling does not commute with.
 *
 * <pre>
 *   b'[k] = b[k] - E[sum w_hat[k] x + b[k] - s[k] y[k]]
 * </pre>
 *
 * the mean over images and positions, w_hat the weights on their untrained grids, y the float
 * network's value before the activation, s[k] what rescaling multiplied it by, and x the layer's
 * input as the float network's values, scaled and clamped, give it. Filters without a weight are
 * left alone. Source: Nagel et al., Data-Free Quantization through Weight Equalization and Bias
 * Correction, ICCV 2019, section 4.2, with measured instead of assumed means. Cost of an image: two
 * float forward passes. Sums are in double, in the order in which images are added. Used by one
 * thread at a time.
 */
public final class BiasCorrection implements AutoCloseable {
  private final Graph graph;
  private final FloatOrigin origin;
  private final FloatPass floats;
  private final Map<String, FloatPass> layers = new LinkedHashMap<>();

  /**
   * Prepares to measure the errors of this network's untrained weights.
   *
   * @param origin what the network was made from
   */
  public BiasCorrection(Engine engine, FloatOrigin origin, ThresholdedNetwork network) {
    this.graph = network.graph();
    this.origin = origin;
    this.floats = engine.floatPass(origin.graph(), 1);
    IntegerNetwork integers = IntegerNetwork.of(network, network.initialScales());
    for (Node node : graph.nodes()) {
      if (node.operator() instanceof Weighted weighted) {
        String input = node.inputs().get(0);
        Node layer =
            new Node(
                node.name(),
                quantized(weighted, integers.weights(node.name())),
                Activation.NONE,
                node.inputs());
        Graph alone = new Graph(input, graph.shape(input), List.of(layer));
        layers.put(node.name(), engine.floatPass(alone, 1));
      }
    }
  }

  private static Weighted quantized(Weighted weighted, Weights integers) {
    float[] values = weighted.weights().values();
    int each = weighted.filterSize();
    for (int i = 0; i < values.length; i++) {
      values[i] = integers.weights()[i] * integers.weightScales()[i / each];
    }
    return weighted.with(Tensor.of(values, weighted.weights().shape()), weighted.bias());
  }

  /**
   * How far the mean output of every node is from the float network's, over the positions of an
   * image.
   *
   * @param image normalised, [H, W, C]
   * @return by node, one mean for each filter, in real values of the network to be quantized
   */
  public Map<String, double[]> errors(float[] image) {
    Map<String, float[]> tensors = new HashMap<>();
    Map<String, double[]> wanted = new HashMap<>();
    floats.observe(
        image,
        1,
        (index, tensor, before) -> {
          float[] scaled = scaled(tensor, before);
          wanted.put(tensor, means(scaled, graph.shape(tensor).channels()));
          tensors.put(tensor, after(tensor, scaled));
        });
    Map<String, double[]> errors = new LinkedHashMap<>();
    layers.forEach(
        (name, pass) -> {
          float[] output = new float[graph.shape(name).size()];
          pass.logits(tensors.get(source(graph.node(name).inputs().get(0))), 1, output);
          double[] error = means(output, graph.shape(name).channels());
          double[] target = wanted.get(name);
          for (int k = 0; k < error.length; k++) {
            error[k] -= target[k];
          }
          errors.put(name, error);
        });
    return errors;
  }

  private float[] scaled(String tensor, float[] before) {
    double[] factors = origin.factors(tensor);
    float[] scaled = new float[graph.shape(tensor).size()];
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] = (float) (before[i] * factors[i % factors.length]);
    }
    return scaled;
  }

  private float[] after(String tensor, float[] before) {
    Activation activation =
        tensor.equals(graph.input()) ? Activation.NONE : graph.node(tensor).activation();
    float[] after = new float[before.length];
    for (int i = 0; i < after.length; i++) {
      after[i] = activation.apply(before[i]);
    }
    return after;
  }

  /** Passes do not show what Flatten gives. */
  private String source(String tensor) {
    String name = tensor;
    while (!name.equals(graph.input()) && graph.node(name).operator() instanceof Flatten) {
      name = graph.node(name).inputs().get(0);
    }
    return name;
  }

  private static double[] means(float[] map, int channels) {
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
   * @param errors of every image, from {@link #errors}; at least one
   */
  public static ThresholdedNetwork corrected(
      ThresholdedNetwork network, List<Map<String, double[]>> errors) {
    Map<String, Node> replaced = new HashMap<>();
    for (Node node : network.graph().nodes()) {
      if (node.operator() instanceof Weighted weighted) {
        float[] bias = weighted.bias().values();
        for (int k = 0; k < bias.length; k++) {
          if (isConstant(weighted, k)) {
            continue;
          }
          double sum = 0;
          for (Map<String, double[]> image : errors) {
            sum += image.get(node.name())[k];
          }
          bias[k] = (float) (bias[k] - sum / errors.size());
        }
        Weighted corrected = weighted.with(weighted.weights(), Tensor.of(bias, bias.length));
        replaced.put(node.name(), node.withOperator(corrected));
      }
    }
    return new ThresholdedNetwork(network.graph().with(replaced), network.spec(), network.ranges());
  }

  private static boolean isConstant(Weighted layer, int filter) {
    int each = layer.filterSize();
    for (int i = filter * each; i < (filter + 1) * each; i++) {
      if (layer.weights().get(i) != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() {
    floats.close();
    layers.values().forEach(FloatPass::close);
  }
}
