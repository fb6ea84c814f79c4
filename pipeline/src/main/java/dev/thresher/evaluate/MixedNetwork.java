package dev.thresher.evaluate;

import dev.thresher.engine.Engine;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.IntegerWeights;
import dev.thresher.network.Combine;
import dev.thresher.network.Graph;
import dev.thresher.network.Layout;
import dev.thresher.network.Linear;
import dev.thresher.network.Node;
import dev.thresher.network.Operator;
import dev.thresher.network.Pointwise;
import dev.thresher.network.Reduce;
import dev.thresher.tensor.Tensor;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A network that is computed layer by layer, each in float or fake-quantized: integers of the
 * network, times their steps, in float arithmetic. Fake-quantized throughout, it gives what the
 * integer network gives but for the rounding of float sums. A layer is what has a grid of its own:
 * the input, or a node that keeps none.
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
    if (graph.isView(node.name()) && node.activation().isNone()) {
      return inputs.get(0);
    }
    float[] output = node.operator().accept(new Computation(node, inputs, precision));
    return placed(node.name(), output, precision);
  }

  /** The output of one node, after its activation. */
  private final class Computation implements Operator.FoldedVisitor<float[]> {
    private final Node node;
    private final List<float[]> inputs;
    private final Precision precision;

    Computation(Node node, List<float[]> inputs, Precision precision) {
      this.node = node;
      this.inputs = inputs;
      this.precision = precision;
    }

    @Override
    public float[] linear(Linear linear) {
      float[] output = new float[size()];
      passes
          .get(precision)
          .computeIfAbsent(node.name(), name -> pass(node, precision))
          .logits(inputs.get(0), 1, output);
      return output;
    }

    @Override
    public float[] pointwise(Pointwise pointwise) {
      return pointwise.match(identity -> elements(i -> inputs.get(0)[i]));
    }

    @Override
    public float[] combine(Combine combine) {
      return combine.match(add -> elements(i -> inputs.get(0)[i] + inputs.get(1)[i]));
    }

    @Override
    public float[] reduce(Reduce reduce) {
      return reduce.match(mean -> elements(i -> mean(inputs.get(0), i, size())));
    }

    @Override
    public float[] layout(Layout layout) {
      return layout.match(flatten -> elements(i -> inputs.get(0)[i]));
    }

    private int size() {
      return graph.shape(node.name()).size();
    }

    private float[] elements(Element element) {
      float[] output = new float[size()];
      for (int i = 0; i < output.length; i++) {
        output[i] = node.activation().apply(element.at(i));
      }
      return output;
    }
  }

  /** One value of a tensor before the activation. */
  @FunctionalInterface
  private interface Element {
    float at(int index);
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
        precision == Precision.QUANTIZED
            ? node.withOperator(dequantized(node))
            : floats.node(node.name());
    String input = node.inputs().get(0);
    return engine.floatPass(new Graph(input, graph.shape(input), List.of(computed)), 1);
  }

  private Linear dequantized(Node node) {
    Linear weighted = node.weighted();
    IntegerWeights integers = network.weights(node.name());
    byte[] codes = integers.codes();
    float[] scales = integers.scales();
    float[] weights = new float[codes.length];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = codes[i] * scales[i / weighted.filterSize()];
    }
    double inputScale = network.quantizer(node.inputs().get(0)).scale();
    int[] biasCodes = integers.bias();
    float[] bias = new float[biasCodes.length];
    for (int k = 0; k < bias.length; k++) {
      bias[k] = (float) (biasCodes[k] * (inputScale * scales[k]));
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
