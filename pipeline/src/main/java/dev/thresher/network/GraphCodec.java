package dev.thresher.network;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thresher.network.Operator.Add;
import dev.thresher.network.Operator.BatchNormalization;
import dev.thresher.network.Operator.Convolution;
import dev.thresher.network.Operator.Flatten;
import dev.thresher.network.Operator.FullyConnected;
import dev.thresher.network.Operator.GlobalAveragePool;
import dev.thresher.network.Operator.PassThrough;
import dev.thresher.tensor.FeatureShape;
import dev.thresher.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A graph as bytes: {@code "THRG"}, int32 version, int32 header length, a JSON header, float32
 * constants in the order of the header; all little-endian. The same graph gives the same bytes.
 */
public final class GraphCodec {
  private static final int MAGIC = 0x47524854; // "THRG", little-endian
  private static final int VERSION = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  private GraphCodec() {}

  /** Writes a graph; cost is one copy of its constants. */
  public static byte[] encode(Graph graph) {
    List<Tensor> constants = new ArrayList<>();
    byte[] header = write(header(graph, constants));
    long size = 12L + header.length + constants.stream().mapToLong(t -> 4L * t.size()).sum();
    ByteBuffer out =
        ByteBuffer.allocate(Math.toIntExact(size)).order(ByteOrder.LITTLE_ENDIAN).putInt(MAGIC);
    out.putInt(VERSION).putInt(header.length).put(header);
    for (Tensor constant : constants) {
      out.asFloatBuffer().put(constant.values());
      out.position(out.position() + 4 * constant.size());
    }
    return out.array();
  }

  /**
   * Reads a graph and validates it.
   *
   * @throws NetworkFormatException for bytes that {@link #encode} did not write
   */
  public static Graph decode(byte[] bytes) {
    try {
      ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      if (in.remaining() < 12 || in.getInt() != MAGIC) {
        throw new NetworkFormatException("Cannot read a graph: the bytes do not start with THRG.");
      }
      int version = in.getInt();
      if (version != VERSION) {
        throw new NetworkFormatException(
            "Cannot read a graph of version "
                + version
                + ": version "
                + VERSION
                + " is supported.");
      }
      byte[] header = new byte[Math.min(in.getInt(), in.remaining())];
      in.get(header);
      return graph(JSON.readTree(header), in);
    } catch (IOException | IllegalArgumentException | NegativeArraySizeException e) {
      throw new NetworkFormatException("Cannot read a graph: " + e.getMessage(), e);
    }
  }

  private static ObjectNode header(Graph graph, List<Tensor> constants) {
    ObjectNode root = JSON.createObjectNode();
    root.put("input", graph.input());
    FeatureShape shape = graph.inputShape();
    root.putArray("shape").add(shape.channels()).add(shape.height()).add(shape.width());
    ArrayNode nodes = root.putArray("nodes");
    for (Node node : graph.nodes()) {
      ObjectNode entry = nodes.addObject();
      entry.put("name", node.name());
      node.inputs().forEach(entry.putArray("inputs")::add);
      entry.put("lower", Float.toString(node.activation().lower()));
      entry.put("upper", Float.toString(node.activation().upper()));
      describe(node.operator(), entry, constants);
    }
    return root;
  }

  private static void describe(Operator operator, ObjectNode entry, List<Tensor> constants) {
    entry.put("operator", operator.getClass().getSimpleName());
    ArrayNode tensors = entry.putArray("constants");
    if (operator instanceof Operator.Weighted weighted) {
      add(weighted.weights(), tensors, constants);
      add(weighted.bias(), tensors, constants);
    }
    if (operator instanceof Convolution conv) {
      Window w = conv.window();
      entry.put("groups", conv.groups());
      entry.putArray("strides").add(w.strideHeight()).add(w.strideWidth());
      entry.putArray("pads").add(w.padTop()).add(w.padLeft()).add(w.padBottom()).add(w.padRight());
      entry.putArray("dilations").add(w.dilationHeight()).add(w.dilationWidth());
    } else if (operator instanceof BatchNormalization norm) {
      entry.put("epsilon", norm.epsilon());
      List.of(norm.gamma(), norm.beta(), norm.mean(), norm.variance())
          .forEach(tensor -> add(tensor, tensors, constants));
    }
  }

  private static void add(Tensor tensor, ArrayNode tensors, List<Tensor> constants) {
    constants.add(tensor);
    ArrayNode shape = tensors.addArray();
    for (int extent : tensor.shape()) {
      shape.add(extent);
    }
  }

  private static Graph graph(JsonNode root, ByteBuffer in) {
    JsonNode shape = root.path("shape");
    List<Node> nodes = new ArrayList<>();
    for (JsonNode entry : root.path("nodes")) {
      List<String> inputs = new ArrayList<>();
      entry.path("inputs").forEach(name -> inputs.add(name.asText()));
      Activation activation =
          new Activation(
              Float.parseFloat(entry.path("lower").asText()),
              Float.parseFloat(entry.path("upper").asText()));
      nodes.add(new Node(entry.path("name").asText(), operator(entry, in), activation, inputs));
    }
    return new Graph(
        root.path("input").asText(),
        new FeatureShape(shape.path(0).asInt(), shape.path(1).asInt(), shape.path(2).asInt()),
        nodes);
  }

  private static Operator operator(JsonNode entry, ByteBuffer in) {
    List<Tensor> c = new ArrayList<>();
    entry.path("constants").forEach(extents -> c.add(constant(extents, in)));
    String kind = entry.path("operator").asText();
    return switch (kind) {
      case "Convolution" ->
          new Convolution(c.get(0), c.get(1), window(entry), entry.path("groups").asInt());
      case "FullyConnected" -> new FullyConnected(c.get(0), c.get(1));
      case "BatchNormalization" ->
          new BatchNormalization(
              c.get(0), c.get(1), c.get(2), c.get(3), entry.path("epsilon").asDouble());
      case "Add" -> new Add();
      case "GlobalAveragePool" -> new GlobalAveragePool();
      case "Flatten" -> new Flatten();
      case "PassThrough" -> new PassThrough();
      default ->
          throw new NetworkFormatException("Cannot read a graph: unknown operator " + kind + ".");
    };
  }

  private static Window window(JsonNode entry) {
    JsonNode strides = entry.path("strides");
    JsonNode pads = entry.path("pads");
    JsonNode dilations = entry.path("dilations");
    return new Window(
        strides.path(0).asInt(),
        strides.path(1).asInt(),
        pads.path(0).asInt(),
        pads.path(1).asInt(),
        pads.path(2).asInt(),
        pads.path(3).asInt(),
        dilations.path(0).asInt(),
        dilations.path(1).asInt());
  }

  private static Tensor constant(JsonNode extents, ByteBuffer in) {
    int[] shape = new int[extents.size()];
    long size = 1;
    for (int i = 0; i < shape.length; i++) {
      shape[i] = extents.path(i).asInt();
      size = Math.multiplyExact(size, shape[i]);
    }
    if (size < 0 || 4 * size > in.remaining()) {
      throw new NetworkFormatException(
          "Cannot read a graph: a constant of "
              + size
              + " values is announced, "
              + in.remaining() / 4
              + " are left.");
    }
    float[] values = new float[(int) size];
    in.asFloatBuffer().get(values);
    in.position(in.position() + 4 * values.length);
    return Tensor.of(values, shape);
  }

  private static byte[] write(ObjectNode node) {
    try {
      return JSON.writeValueAsString(node).getBytes(StandardCharsets.UTF_8);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Cannot write a graph's header.", e);
    }
  }
}
