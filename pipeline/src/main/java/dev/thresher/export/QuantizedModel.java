package dev.thresher.export;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.IntegerNode;
import dev.thresher.network.Graph;
import dev.thresher.provenance.Origin;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.QuantizationSpec;
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
    List<IntegerNode> nodes) {
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
    List<IntegerNode> nodes =
        graph.nodes().stream().map(node -> network.node(node.name())).toList();
    return new QuantizedModel(
        origin,
        spec.granularity(),
        spec.scheme(),
        spec.weightBits(),
        spec.activationBits(),
        tensors,
        nodes);
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
