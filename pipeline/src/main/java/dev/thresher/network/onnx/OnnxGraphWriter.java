package dev.thresher.network.onnx;

import static dev.thresher.network.onnx.OnnxBuilder.attribute;

import dev.thresher.network.Activation;
import dev.thresher.network.BatchNormalization;
import dev.thresher.network.Combine;
import dev.thresher.network.Graph;
import dev.thresher.network.Layout;
import dev.thresher.network.Linear;
import dev.thresher.network.Linear.Convolution;
import dev.thresher.network.Linear.FullyConnected;
import dev.thresher.network.Node;
import dev.thresher.network.Operator;
import dev.thresher.network.Pointwise;
import dev.thresher.network.Reduce;
import dev.thresher.network.Window;
import dev.thresher.tensor.FeatureShape;
import dev.thresher.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import onnx.Onnx.AttributeProto;

/**
 * Writes a float network as ONNX, opset 13: {@code input} [batch, C, H, W] to {@code output}
 * [batch, classes], float32. Batch normalization is written as it stands; ReLU is written as such,
 * other clamps as Clip. Deterministic; cost: the weights are copied once.
 */
public final class OnnxGraphWriter {
  private static final String INPUT = "input";
  private static final String OUTPUT = "output";

  private final Graph graph;
  private final OnnxBuilder onnx;
  private final Map<String, String> tensors = new HashMap<>();
  private final Map<String, Integer> ranks = new HashMap<>();

  private OnnxGraphWriter(Graph graph, String name) {
    this.graph = graph;
    this.onnx = new OnnxBuilder(name);
  }

  /**
   * The bytes of the file.
   *
   * @param graph any network
   * @param name of the network, for people
   * @param version of this program
   * @param metadata written as {@code metadata_props}
   */
  public static byte[] write(
      Graph graph, String name, String version, SortedMap<String, String> metadata) {
    OnnxGraphWriter writer = new OnnxGraphWriter(graph, name);
    writer.writeNodes();
    return writer.onnx.build(version, metadata);
  }

  private void writeNodes() {
    FeatureShape shape = graph.inputShape();
    onnx.input(INPUT, shape.channels(), shape.height(), shape.width());
    onnx.unique(OUTPUT);
    tensors.put(graph.input(), INPUT);
    ranks.put(graph.input(), 4);
    for (Node node : graph.nodes()) {
      writeNode(node);
    }
    String logits = vector(graph.output());
    onnx.node("Identity", OUTPUT, logits);
    onnx.output(OUTPUT, graph.classes());
  }

  private void writeNode(Node node) {
    Activation activation = node.activation();
    String name = onnx.unique(node.name());
    String raw = activation.isNone() ? name : onnx.unique(node.name() + "/linear");
    int rank = writeOperator(node, raw);
    if (!activation.isNone()) {
      clamp(activation, name, raw);
    }
    tensors.put(node.name(), name);
    ranks.put(node.name(), rank);
  }

  /** Writes the operator itself and answers its output's rank. */
  private int writeOperator(Node node, String output) {
    String first = node.inputs().get(0);
    return node.operator()
        .accept(
            new Operator.Visitor<Integer>() {
              @Override
              public Integer linear(Linear linear) {
                return linear.match(
                    convolution -> writeConvolution(node, convolution, output),
                    dense -> writeGemm(node, dense, output));
              }

              @Override
              public Integer pointwise(Pointwise pointwise) {
                return pointwise.match(
                    passThrough -> writeSameRank("Identity", output, first, List.of()));
              }

              @Override
              public Integer combine(Combine combine) {
                return combine.match(add -> writeAdd(node, output));
              }

              @Override
              public Integer reduce(Reduce reduce) {
                return reduce.match(pool -> writeGlobalAveragePool(output, first));
              }

              @Override
              public Integer layout(Layout layout) {
                return layout.match(flatten -> writeFlatten(output, first));
              }

              @Override
              public Integer normalization(BatchNormalization norm) {
                return writeNormalization(node, norm, output);
              }
            });
  }

  private int writeConvolution(Node node, Convolution convolution, String output) {
    List<String> inputs =
        List.of(
            map(node.inputs().get(0)),
            constant(node, "weight", convolution.weights()),
            constant(node, "bias", convolution.bias()));
    onnx.node("Conv", output, inputs, attributes(convolution));
    return 4;
  }

  private int writeGemm(Node node, FullyConnected dense, String output) {
    List<String> inputs =
        List.of(
            vector(node.inputs().get(0)),
            constant(node, "weight", dense.weights()),
            constant(node, "bias", dense.bias()));
    onnx.node("Gemm", output, inputs, List.of(attribute("transB", 1L)));
    return 2;
  }

  private int writeNormalization(Node node, BatchNormalization norm, String output) {
    String first = node.inputs().get(0);
    List<String> inputs =
        List.of(
            tensors.get(first),
            constant(node, "gamma", norm.gamma()),
            constant(node, "beta", norm.beta()),
            constant(node, "mean", norm.mean()),
            constant(node, "variance", norm.variance()));
    AttributeProto epsilon = attribute("epsilon", (float) norm.epsilon());
    onnx.node("BatchNormalization", output, inputs, List.of(epsilon));
    return ranks.get(first);
  }

  private int writeSameRank(
      String type, String output, String tensor, List<AttributeProto> attributes) {
    onnx.node(type, output, List.of(tensors.get(tensor)), attributes);
    return ranks.get(tensor);
  }

  private int writeGlobalAveragePool(String output, String tensor) {
    onnx.node("GlobalAveragePool", output, map(tensor));
    return 4;
  }

  private int writeFlatten(String output, String tensor) {
    onnx.node("Flatten", output, tensors.get(tensor));
    return 2;
  }

  private int writeAdd(Node node, String output) {
    String first = node.inputs().get(0);
    String second = node.inputs().get(1);
    boolean maps = ranks.get(first) == 4 && ranks.get(second) == 4;
    onnx.node(
        "Add",
        output,
        maps ? tensors.get(first) : vector(first),
        maps ? tensors.get(second) : vector(second));
    return maps ? 4 : 2;
  }

  /** Strides, pads, dilations, groups as ONNX names them. */
  public static List<AttributeProto> attributes(Window window, int groups, int... kernel) {
    return List.of(
        attribute("dilations", window.dilationHeight(), window.dilationWidth()),
        attribute("group", (long) groups),
        attribute("kernel_shape", kernel),
        attribute("pads", window.padTop(), window.padLeft(), window.padBottom(), window.padRight()),
        attribute("strides", window.strideHeight(), window.strideWidth()));
  }

  private static List<AttributeProto> attributes(Convolution convolution) {
    return attributes(
        convolution.window(),
        convolution.groups(),
        convolution.kernelHeight(),
        convolution.kernelWidth());
  }

  private String constant(Node node, String what, Tensor tensor) {
    return onnx.constant(node.name() + "/" + what, tensor.values(), tensor.shape());
  }

  private void clamp(Activation activation, String output, String input) {
    if (activation.equals(Activation.RELU)) {
      onnx.node("Relu", output, input);
      return;
    }
    onnx.node(
        "Clip",
        output,
        input,
        bound(output + "/lower", activation.lower()),
        bound(output + "/upper", activation.upper()));
  }

  /** An absent bound is an empty name. */
  private String bound(String name, float limit) {
    return Float.isInfinite(limit) ? "" : onnx.constant(name, new float[] {limit});
  }

  /** The tensor as [batch, n]. */
  private String vector(String tensor) {
    if (ranks.get(tensor) == 2) {
      return tensors.get(tensor);
    }
    String name = onnx.unique(tensor + "/vector");
    onnx.node("Flatten", name, tensors.get(tensor));
    return name;
  }

  /** The tensor as [batch, C, H, W]; a vector becomes a map of one position. */
  private String map(String tensor) {
    if (ranks.get(tensor) == 4) {
      return tensors.get(tensor);
    }
    String name = onnx.unique(tensor + "/map");
    // 0 copies the batch, -1 takes the rest.
    String shape = onnx.constant(name + "/shape", 0L, -1L, 1L, 1L);
    onnx.node("Reshape", name, tensors.get(tensor), shape);
    return name;
  }
}
