package dev.thresher.network;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thresher.tensor.FeatureShape;
import dev.thresher.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A graph as bytes: {@code "THRG"}, int32 version, int32 header length, a JSON header, float32
 * constants in the order of the header; all little-endian. The same graph gives the same bytes.
 */
public final class GraphCodec {
  private static final int MAGIC = 0x47524854; // "THRG", little-endian
  private static final int VERSION = 2;
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
    OperatorParts parts = operator.parts();
    entry.put("operator", operator.kind());
    ArrayNode tensors = entry.putArray("constants");
    parts.constants().forEach(tensor -> add(tensor, tensors, constants));
    ObjectNode numbers = entry.putObject("numbers");
    parts.numbers().forEach((name, values) -> values.forEach(numbers.putArray(name)::add));
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
    List<Tensor> constants = new ArrayList<>();
    entry.path("constants").forEach(extents -> constants.add(constant(extents, in)));
    Map<String, List<Double>> numbers = new LinkedHashMap<>();
    entry
        .path("numbers")
        .fields()
        .forEachRemaining(field -> numbers.put(field.getKey(), doubles(field.getValue())));
    return Operator.of(entry.path("operator").asText(), new OperatorParts(constants, numbers));
  }

  private static List<Double> doubles(JsonNode values) {
    List<Double> doubles = new ArrayList<>();
    values.forEach(value -> doubles.add(value.asDouble()));
    return doubles;
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
