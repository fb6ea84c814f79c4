package dev.thresher.export;

import dev.thresher.engine.IntegerNode;
import dev.thresher.engine.IntegerWeights;
import dev.thresher.engine.Ratios;
import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import dev.thresher.network.Operator;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.Quantizer;
import dev.thresher.tensor.FeatureShape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Refuses quantized models that are incomplete or contradict themselves. */
final class ModelCheck {
  /** Bias codes beyond this could overflow an accumulator. */
  private static final int BIAS_LIMIT = 1 << 30;

  private final int weightMax;
  private final int activationMax;
  private final Granularity granularity;
  private final Map<String, QuantizedTensor> tensors = new LinkedHashMap<>();
  private Graph graph;

  private ModelCheck(int weightBits, int activationBits, Granularity granularity) {
    this.weightMax = (1 << (bits("weights", weightBits) - 1)) - 1;
    this.activationMax = (1 << bits("activations", activationBits)) - 1;
    this.granularity = granularity;
  }

  private static int bits(String what, int bits) {
    require(bits >= 2 && bits <= 8, what, "they have " + bits + " bits, 2 to 8 are supported.");
    return bits;
  }

  static void check(
      int weightBits,
      int activationBits,
      Granularity granularity,
      List<QuantizedTensor> tensors,
      List<IntegerNode> nodes) {
    ModelCheck check = new ModelCheck(weightBits, activationBits, granularity);
    for (QuantizedTensor tensor : tensors) {
      check.tensor(tensor);
    }
    require(!tensors.isEmpty(), "the input", "no tensor is given.");
    check.topology(tensors, nodes);
    for (IntegerNode node : nodes) {
      check.node(node);
    }
  }

  private void tensor(QuantizedTensor tensor) {
    String name = tensor.name();
    require(tensors.put(name, tensor) == null, name, "two tensors have this name.");
    Quantizer grid = tensor.quantizer();
    require(grid != null, name, "it has no scale and zero point.");
    require(
        grid.qmin() >= 0 && grid.qmax() <= activationMax,
        name,
        "its integers are ["
            + grid.qmin()
            + ", "
            + grid.qmax()
            + "], the bits of an activation hold [0, "
            + activationMax
            + "].");
  }

  /** Rebuilds the graph, which refuses names, shapes and an order that do not fit. */
  private void topology(List<QuantizedTensor> list, List<IntegerNode> nodes) {
    try {
      graph =
          new Graph(
              list.get(0).name(),
              list.get(0).shape(),
              nodes.stream().map(ModelCheck::floatNode).toList());
    } catch (IllegalArgumentException e) {
      throw new ModelFormatException("Cannot use the quantized model: " + e.getMessage(), e);
    }
    for (Map.Entry<String, FeatureShape> computed : graph.shapes().entrySet()) {
      QuantizedTensor tensor = tensors.get(computed.getKey());
      require(tensor != null, computed.getKey(), "it has no scale and zero point.");
      require(
          tensor.shape().equals(computed.getValue()),
          computed.getKey(),
          "its shape is " + tensor.shape() + ", its node computes " + computed.getValue() + ".");
    }
    for (String name : tensors.keySet()) {
      require(graph.shapes().containsKey(name), name, "no node computes this tensor.");
    }
  }

  private static Node floatNode(IntegerNode node) {
    return new Node(node.name(), node.operator().operator(), node.activation(), node.inputs());
  }

  private void node(IntegerNode node) {
    String name = node.name();
    Quantizer output = tensors.get(name).quantizer();
    Quantizer input = tensors.get(node.inputs().get(0)).quantizer();
    require(
        output.qmin() <= node.lower()
            && node.lower() <= node.upper()
            && node.upper() <= output.qmax(),
        name,
        "it is clamped to ["
            + node.lower()
            + ", "
            + node.upper()
            + "], its grid is ["
            + output.qmin()
            + ", "
            + output.qmax()
            + "].");
    node.operator().constants().ifPresent(weights -> weights(name, weights, input, output));
    Operator operator = graph.node(name).operator();
    require(
        !operator.keepsGrid() || input.equals(output),
        name,
        operator.kind() + " keeps the grid of its input, this one differs.");
    ratios(node, operator, output);
  }

  private void ratios(IntegerNode node, Operator operator, Quantizer output) {
    List<Quantizer> inputs =
        node.inputs().stream().map(tensor -> tensors.get(tensor).quantizer()).toList();
    FeatureShape shape = tensors.get(node.inputs().get(0)).shape();
    List<Float> wanted = Ratios.of(operator, inputs, output, shape);
    List<Float> given = node.operator().ratios();
    require(
        given.size() == wanted.size(),
        node.name(),
        "it has " + given.size() + " multipliers, " + wanted.size() + " are needed.");
    for (int i = 0; i < wanted.size(); i++) {
      multiplier(node.name(), given.get(i), wanted.get(i));
    }
  }

  private void weights(String name, IntegerWeights weights, Quantizer input, Quantizer output) {
    for (byte code : weights.codes()) {
      if (Math.abs(code) > weightMax) {
        throw refusal(
            name, "it has the weight " + code + ", the bits of a weight hold +-" + weightMax + ".");
      }
    }
    float[] scales = weights.scales();
    int[] bias = weights.bias();
    float[] multipliers = weights.multipliers();
    for (int k = 0; k < scales.length; k++) {
      if (!(scales[k] > 0 && Float.isFinite(scales[k]))) {
        throw refusal(
            name,
            "the weight scale of filter " + k + " is " + scales[k] + ", it must be positive.");
      }
      require(
          granularity == Granularity.PER_FILTER || scales[k] == scales[0],
          name,
          "it has several weight scales, per-tensor granularity has one.");
      if (Math.abs((long) bias[k]) > BIAS_LIMIT) {
        throw refusal(
            name, "the bias of filter " + k + " is " + bias[k] + ", at most 2^30 is allowed.");
      }
      multiplier(name, multipliers[k], input.scale() * scales[k] / output.scale());
    }
  }

  private static void multiplier(String name, float given, float wanted) {
    if (given != wanted) {
      throw refusal(name, "its multiplier is " + given + ", its scales give " + wanted + ".");
    }
  }

  private static void require(boolean holds, String what, String why) {
    if (!holds) {
      throw refusal(what, why);
    }
  }

  private static ModelFormatException refusal(String what, String why) {
    return new ModelFormatException("Cannot use " + what + " of the quantized model: " + why);
  }
}
