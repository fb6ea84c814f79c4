package dev.thresher.export;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import dev.thresher.network.Operator;
import dev.thresher.network.Operator.Weighted;
import dev.thresher.provenance.Origin;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.Quantizer;
import dev.thresher.quantize.Scheme;
import dev.thresher.tensor.FeatureShape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * An integer network with all that is needed to run it, and nothing to be recomputed: what every
 * exported file is written from. Valid once constructed: no tensor lacks a grid, no node an
 * integer, shapes agree, multipliers are those of the scales.
 *
 * @param origin what decided its bytes
 * @param granularity of the weight scales
 * @param scheme of the activations
 * @param weightBits bits of a weight, 2 to 8
 * @param activationBits bits of an activation, 2 to 8
 * @param tensors input first, then every node's output in the order of execution
 * @param nodes in the order of execution; the last computes the logits
 */
public record QuantizedModel(
    Origin origin,
    Granularity granularity,
    Scheme scheme,
    int weightBits,
    int activationBits,
    List<QuantizedTensor> tensors,
    List<QuantizedNode> nodes) {
  /**
   * Copies the lists and checks everything.
   *
   * @throws ModelFormatException naming the tensor or node that is incomplete or contradicts itself
   */
  public QuantizedModel {
    tensors = List.copyOf(tensors);
    nodes = List.copyOf(nodes);
    ModelCheck.check(weightBits, activationBits, granularity, tensors, nodes);
  }

  /** The exported form of a quantized network. */
  public static QuantizedModel of(IntegerNetwork network, Origin origin) {
    Graph graph = network.graph();
    QuantizationSpec spec = network.network().spec();
    List<QuantizedTensor> tensors = new ArrayList<>();
    for (Map.Entry<String, FeatureShape> tensor : graph.shapes().entrySet()) {
      tensors.add(
          new QuantizedTensor(
              tensor.getKey(), tensor.getValue(), network.quantizer(tensor.getKey())));
    }
    List<QuantizedNode> nodes = new ArrayList<>();
    for (Node node : graph.nodes()) {
      nodes.add(
          new QuantizedNode(
              node.name(),
              operator(network, node),
              node.activation(),
              network.lower(node),
              network.upper(node),
              node.inputs()));
    }
    return new QuantizedModel(
        origin,
        spec.granularity(),
        spec.scheme(),
        spec.weightBits(),
        spec.activationBits(),
        tensors,
        nodes);
  }

  private static QuantizedOperator operator(IntegerNetwork network, Node node) {
    Operator operator = node.operator();
    Quantizer output = network.quantizer(node.name());
    Quantizer input = network.quantizer(node.inputs().get(0));
    if (operator instanceof Weighted weighted) {
      IntegerWeights weights =
          IntegerWeights.of(weighted.weights().shape(), network.weights(node.name()));
      return operator instanceof Operator.Convolution convolution
          ? new QuantizedOperator.Convolution(weights, convolution.window(), convolution.groups())
          : new QuantizedOperator.FullyConnected(weights);
    } else if (operator instanceof Operator.Add) {
      Quantizer second = network.quantizer(node.inputs().get(1));
      return new QuantizedOperator.Add(ratio(input, output, 1), ratio(second, output, 1));
    } else if (operator instanceof Operator.GlobalAveragePool) {
      int positions = network.graph().shape(node.inputs().get(0)).positions();
      return new QuantizedOperator.GlobalAveragePool(ratio(input, output, positions));
    } else if (operator instanceof Operator.PassThrough) {
      return new QuantizedOperator.PassThrough(ratio(input, output, 1));
    } else if (operator instanceof Operator.Flatten) {
      return new QuantizedOperator.Flatten();
    }
    throw new ModelFormatException(
        "Cannot export " + node.name() + ": " + operator + " has no integer form; fold it first.");
  }

  /** Computed in double and rounded once, as the engines do. */
  static float ratio(Quantizer input, Quantizer output, int positions) {
    return (float) (input.scale() / ((double) output.scale() * positions));
  }

  /** Name of the input tensor. */
  public String input() {
    return tensors.get(0).name();
  }

  /** Name of the tensor of logits. */
  public String output() {
    return nodes.get(nodes.size() - 1).name();
  }

  /** Origin and kind as flat text, for formats that hold only strings. */
  public SortedMap<String, String> properties() {
    SortedMap<String, String> properties = origin.properties();
    properties.put("thresher.granularity", QuantizedModelWriter.name(granularity));
    properties.put("thresher.scheme", QuantizedModelWriter.name(scheme));
    properties.put("thresher.weight_bits", Integer.toString(weightBits));
    properties.put("thresher.activation_bits", Integer.toString(activationBits));
    properties.put("thresher.rounding", Format.ROUNDING);
    return properties;
  }

  /** The tensors by name, input first. */
  public Map<String, QuantizedTensor> tensorsByName() {
    Map<String, QuantizedTensor> byName = new LinkedHashMap<>();
    tensors.forEach(tensor -> byName.put(tensor.name(), tensor));
    return byName;
  }
}
