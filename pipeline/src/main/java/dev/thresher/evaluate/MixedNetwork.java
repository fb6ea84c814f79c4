package dev.thresher.evaluate;

import dev.thresher.engine.Engine;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.IntegerNetwork.Weights;
import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import dev.thresher.network.Operator.Add;
import dev.thresher.network.Operator.Flatten;
import dev.thresher.network.Operator.GlobalAveragePool;
import dev.thresher.network.Operator.PassThrough;
import dev.thresher.network.Operator.Weighted;
import dev.thresher.tensor.Tensor;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A network that is computed layer by layer, each in float or fake-quantized: integers of the
 * network, times their steps, in float arithmetic. Fake-quantized throughout, it gives what the
 * integer network gives but for the rounding of float sums. A layer is the input or a node but
 * Flatten: what has a grid of its own.
 *
 * <p>Every weighted node is a network of one node to the engine, made when it is first needed.
 * Holds these until closed; used by one thread at a time.
 */
final class MixedNetwork implements AutoCloseable {
  private final Engine engine;
  private final IntegerNetwork network;
  private final Graph graph;
  private final Graph floats;
  private final Map<Precision, Map<String, FloatPass>> passes = new EnumMap<>(Precision.class);

  /**
   * Prepares nothing yet.
   *
   * @param floats the graph of {@code network}, biases may be others: what layers in float compute
   */
  MixedNetwork(Engine engine, Graph floats, IntegerNetwork network) {
    this.engine = engine;
    this.network = network;
    this.graph = network.graph();
    this.floats = floats;
    for (Precision precision : Precision.values()) {
      passes.put(precision, new HashMap<>());
    }
  }

  /** The input in this precision; the array given is not changed. */
  float[] input(float[] image, Precision precision) {
    return placed(graph.input(), image.clone(), precision);
  }

  /**
   * The output of a layer, [H, W, C] after its activation.
   *
   * @param inputs the tensors that the node reads; not changed
   */
  float[] compute(Node node, List<float[]> inputs, Precision precision) {
    float[] x = inputs.get(0);
    if (node.operator() instanceof Flatten && node.activation().isNone()) {
      return x;
    }
    float[] output = new float[graph.shape(node.name()).size()];
    if (node.operator() instanceof Weighted) {
      passes
          .get(precision)
          .computeIfAbsent(node.name(), name -> pass(node, precision))
          .logits(x, 1, output);
      return placed(node.name(), output, precision);
    }
    for (int i = 0; i < output.length; i++) {
      float value;
      if (node.operator() instanceof Add) {
        value = x[i] + inputs.get(1)[i];
      } else if (node.operator() instanceof GlobalAveragePool) {
        value = mean(x, i, output.length);
      } else if (node.operator() instanceof PassThrough || node.operator() instanceof Flatten) {
        value = x[i];
      } else {
        throw new AssertionError(node);
      }
      output[i] = node.activation().apply(value);
    }
    return placed(node.name(), output, precision);
  }

  /** Mean of a channel over all positions of [H, W, C]. */
  private static float mean(float[] map, int channel, int channels) {
    double sum = 0;
    for (int i = channel; i < map.length; i += channels) {
      sum += map[i];
    }
    return (float) (sum * channels / map.length);
  }

  private FloatPass pass(Node node, Precision precision) {
    Node computed =
        precision == Precision.QUANTIZED && node.operator() instanceof Weighted weighted
            ? node.withOperator(dequantized(node, weighted))
            : floats.node(node.name());
    String input = node.inputs().get(0);
    return engine.floatPass(new Graph(input, graph.shape(input), List.of(computed)), 1);
  }

  private Weighted dequantized(Node node, Weighted weighted) {
    Weights integers = network.weights(node.name());
    float[] weights = new float[integers.weights().length];
    int each = weighted.filterSize();
    for (int i = 0; i < weights.length; i++) {
      weights[i] = integers.weights()[i] * integers.weightScales()[i / each];
    }
    double inputScale = network.quantizer(node.inputs().get(0)).scale();
    float[] bias = new float[integers.bias().length];
    for (int k = 0; k < bias.length; k++) {
      bias[k] = (float) (integers.bias()[k] * (inputScale * integers.weightScales()[k]));
    }
    return weighted.with(
        Tensor.of(weights, weighted.weights().shape()), Tensor.of(bias, bias.length));
  }

  /** Moves values to the grid of their tensor, in place, where the layer is quantized. */
  private float[] placed(String tensor, float[] values, Precision precision) {
    if (precision == Precision.QUANTIZED) {
      network.quantizer(tensor).place(values);
    }
    return values;
  }

  @Override
  public void close() {
    passes.values().forEach(each -> each.values().forEach(FloatPass::close));
  }
}
