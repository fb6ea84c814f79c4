package dev.thresher.network.onnx;

import dev.thresher.network.Graph;
import dev.thresher.network.GraphBuilder;
import dev.thresher.network.NetworkFormatException;
import dev.thresher.tensor.FeatureShape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import onnx.Onnx.ModelProto;
import onnx.Onnx.NodeProto;
import onnx.Onnx.TensorProto;
import org.nd4j.shade.protobuf.InvalidProtocolBufferException;

/**
 * Reads a classification network from ONNX.
 *
 * <p>Each node is evaluated once, in the order of execution, on what is known of its inputs: a
 * constant, or a feature map with the order of its dimensions. Shapes computed inside the file are
 * therefore constants, and transpositions and reshapes leave no trace. The same bytes give the same
 * graph.
 */
public final class OnnxReader {
  /** Oldest operator set that is read. */
  static final int OLDEST_OPSET = 9;

  /** Newest operator set that is read. */
  static final int NEWEST_OPSET = 28;

  /** Largest height, width, stride or padding that is believed. */
  static final int LARGEST_EXTENT = 1 << 15;

  /** What only quantized networks hold; integer weights behind DequantizeLinear are read. */
  private static final Set<String> QUANTIZED =
      Set.of(
          "ConvInteger",
          "DynamicQuantizeLinear",
          "MatMulInteger",
          "QLinearConv",
          "QLinearMatMul",
          "QuantizeLinear");

  private final String model;
  private final ModelProto proto;
  private final int opset;
  private final OnnxTensors tensors;
  private final Map<String, TensorProto> initializers = new HashMap<>();
  private final Map<String, Value> values = new HashMap<>();

  private OnnxReader(String model, ModelProto proto, ExternalData external) {
    this.model = model;
    this.proto = proto;
    Allowance allowance = external.allowance();
    allowance.grow(proto.getSerializedSize());
    this.tensors = new OnnxTensors(model, external, allowance);
    this.opset = opset();
    proto.getGraph().getInitializerList().forEach(t -> initializers.put(t.getName(), t));
  }

  /**
   * Reads a model.
   *
   * @param bytes of the file
   * @param model name of the file, for messages
   * @param imageSize height and width where the file leaves them open; where it fixes them they
   *     must agree
   * @param external the weights that lie beside the file
   * @throws NetworkFormatException naming the node or tensor that cannot be used, and why
   */
  public static Graph read(
      byte[] bytes, String model, OptionalInt imageSize, ExternalData external) {
    OnnxWire.check(bytes, model);
    ModelProto proto;
    try {
      proto = ModelProto.parseFrom(bytes);
    } catch (InvalidProtocolBufferException e) {
      throw new NetworkFormatException(
          "Cannot import "
              + model
              + ": it is not a complete ONNX file ("
              + e.getMessage().strip()
              + "); check that it was copied whole.",
          e);
    }
    if (!proto.hasGraph() || proto.getGraph().getNodeCount() == 0) {
      throw new NetworkFormatException(
          "Cannot import " + model + ": it holds no ONNX graph; give an .onnx or .h5 model.");
    }
    return new OnnxReader(model, proto, external).graph(imageSize);
  }

  private NetworkFormatException refuse(String reason) {
    return new NetworkFormatException("Cannot import " + model + ": " + reason);
  }

  private int opset() {
    long version =
        proto.getOpsetImportList().stream()
            .filter(set -> OnnxOrder.isDefault(set.getDomain()))
            .mapToLong(set -> set.getVersion())
            .findFirst()
            .orElse(0);
    if (version < OLDEST_OPSET || version > NEWEST_OPSET) {
      throw refuse(
          "it is written in ONNX operator set "
              + version
              + ", supported are "
              + OLDEST_OPSET
              + " to "
              + NEWEST_OPSET
              + "; export it again, or convert it with onnx.version_converter.");
    }
    return (int) version;
  }

  private Graph graph(OptionalInt imageSize) {
    if (proto.getGraph().getOutputCount() != 1) {
      throw refuse(
          "it has " + proto.getGraph().getOutputCount() + " outputs; one, the logits, is needed.");
    }
    List<NodeProto> nodes = new OnnxOrder(model, proto.getGraph(), initializers.keySet()).sorted();
    for (NodeProto node : nodes) {
      if (QUANTIZED.contains(node.getOpType())) {
        throw refuse(
            "it is quantized already: node "
                + name(node)
                + " is a "
                + node.getOpType()
                + "; give the float network that it was made of.");
      }
      if (!OnnxOrder.isDefault(node.getDomain()) || !Operators.knows(node.getOpType())) {
        throw refuse(
            "node "
                + name(node)
                + " is a "
                + (OnnxOrder.isDefault(node.getDomain()) ? "" : node.getDomain() + ".")
                + node.getOpType()
                + ", which is not supported. Supported: "
                + Operators.supported()
                + ".");
      }
    }
    OnnxInput input = OnnxInput.of(model, proto.getGraph(), initializers.keySet(), imageSize);
    GraphBuilder builder = new GraphBuilder(input.name(), input.shape());
    values.put(input.name(), input.feature());
    for (NodeProto node : nodes) {
      evaluate(node, builder);
    }
    return finish(builder);
  }

  static String name(NodeProto node) {
    return !node.getName().isBlank() || node.getOutputCount() == 0
        ? node.getName()
        : node.getOutput(0);
  }

  private void evaluate(NodeProto node, GraphBuilder builder) {
    List<Optional<Value>> inputs = new ArrayList<>();
    for (String in : node.getInputList()) {
      inputs.add(in.isEmpty() ? Optional.empty() : Optional.of(value(in)));
    }
    try {
      Value value = Operators.apply(new Call(tensors, opset, name(node), node, inputs, builder));
      values.put(node.getOutput(0), value);
    } catch (IllegalArgumentException | ArithmeticException e) {
      String reason =
          e instanceof ArithmeticException ? "its extents are too large." : e.getMessage();
      throw new NetworkFormatException(
          "Cannot import "
              + model
              + ": node "
              + name(node)
              + " ("
              + node.getOpType()
              + ") cannot be used: "
              + reason,
          e);
    }
  }

  private Value value(String tensor) {
    Value known = values.get(tensor);
    if (known != null) {
      return known;
    }
    TensorProto initializer = initializers.get(tensor);
    if (initializer == null) {
      throw refuse(
          "the tensor " + tensor + " is a second result of a node; only the first is supported.");
    }
    Constant constant = tensors.read(tensor, initializer);
    // Weights are read by one node; shapes and bounds, by many, are worth keeping.
    if (constant.size() < LARGEST_EXTENT) {
      values.put(tensor, constant);
    }
    return constant;
  }

  private Graph finish(GraphBuilder builder) {
    String output = proto.getGraph().getOutput(0).getName();
    Value value = values.get(output);
    Feature logits =
        value instanceof Value.Probabilities softmax
            ? softmax.logits()
            : value instanceof Feature feature ? feature : null;
    if (logits == null || !logits.border().isNone()) {
      throw refuse("the output " + output + " must be computed from the image by a classifier.");
    }
    FeatureShape shape = logits.shape();
    if (shape.positions() != 1) {
      throw refuse(
          "the output "
              + output
              + " is a map of "
              + shape.height()
              + " x "
              + shape.width()
              + " positions; a classifier gives one vector of logits.");
    }
    try {
      return builder.build(logits.tensor());
    } catch (IllegalArgumentException e) {
      throw new NetworkFormatException("Cannot import " + model + ": " + e.getMessage(), e);
    }
  }
}
