package dev.thresher.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thresher.network.GraphCodec;
import dev.thresher.network.NetworkFormatException;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.Range;
import dev.thresher.quantize.ScaleLimits;
import dev.thresher.quantize.Scheme;
import dev.thresher.quantize.WeightMultipliers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * A thresholded network as bytes, for the broadcast and for the store between stages: {@code
 * "THRT"}, int32 version, int32 header length, a JSON header with specification, ranges and the
 * number of each node's input means, these means, float32 in the order of the header, then the
 * graph as {@link GraphCodec} writes it; little-endian. The same network gives the same bytes.
 */
public final class ThresholdedNetworkCodec {
  private static final int MAGIC = 0x54524854; // "THRT", little-endian
  private static final int VERSION = 2;
  private static final ObjectMapper JSON = new ObjectMapper();

  private ThresholdedNetworkCodec() {}

  /** Writes a network. */
  public static byte[] encode(ThresholdedNetwork network) {
    try {
      byte[] header = JSON.writeValueAsBytes(header(network));
      byte[] graph = GraphCodec.encode(network.graph());
      Map<String, float[]> inputMeans = network.inputMeans();
      int means = Float.BYTES * inputMeans.values().stream().mapToInt(each -> each.length).sum();
      ByteBuffer out =
          ByteBuffer.allocate(Math.addExact(12 + header.length + means, graph.length))
              .order(ByteOrder.LITTLE_ENDIAN)
              .putInt(MAGIC)
              .putInt(VERSION)
              .putInt(header.length)
              .put(header);
      for (float[] each : inputMeans.values()) {
        for (float mean : each) {
          out.putFloat(mean);
        }
      }
      return out.put(graph).array();
    } catch (IOException e) {
      throw new IllegalStateException("Cannot write a thresholded network's header.", e);
    }
  }

  /**
   * Reads a network and validates it.
   *
   * @throws NetworkFormatException for bytes that {@link #encode} did not write
   */
  public static ThresholdedNetwork decode(byte[] bytes) {
    try {
      ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      if (in.remaining() < 12 || in.getInt() != MAGIC || in.getInt() != VERSION) {
        throw new NetworkFormatException(
            "Cannot read a thresholded network: the bytes do not start with THRT version "
                + VERSION
                + ".");
      }
      byte[] header = new byte[Math.min(in.getInt(), in.remaining())];
      in.get(header);
      JsonNode root = JSON.readTree(header);
      Map<String, float[]> means = inputMeans(root, in);
      byte[] graph = new byte[in.remaining()];
      in.get(graph);
      return new ThresholdedNetwork(GraphCodec.decode(graph), spec(root), ranges(root), means);
    } catch (IOException | IllegalArgumentException | NegativeArraySizeException e) {
      throw new NetworkFormatException("Cannot read a thresholded network: " + e.getMessage(), e);
    }
  }

  private static ObjectNode header(ThresholdedNetwork network) {
    QuantizationSpec spec = network.spec();
    ObjectNode root = JSON.createObjectNode();
    root.put("granularity", spec.granularity().name());
    root.put("scheme", spec.scheme().name());
    root.put("weightBits", spec.weightBits());
    root.put("activationBits", spec.activationBits());
    ScaleLimits limits = spec.limits();
    ArrayNode ends = root.putArray("limits");
    ends.add(limits.low()).add(limits.high()).add(limits.shiftLow()).add(limits.shiftHigh());
    WeightMultipliers multipliers = spec.multipliers();
    ArrayNode interval = root.putArray("multipliers");
    interval.add(multipliers.low()).add(multipliers.high()).add(multipliers.pace());
    ObjectNode means = root.putObject("inputMeans");
    network.inputMeans().forEach((node, each) -> means.put(node, each.length));
    ObjectNode ranges = root.putObject("ranges");
    new TreeMap<>(network.ranges())
        .forEach((tensor, range) -> ranges.putArray(tensor).add(range.min()).add(range.max()));
    return root;
  }

  private static QuantizationSpec spec(JsonNode root) {
    JsonNode limits = root.path("limits");
    JsonNode multipliers = root.path("multipliers");
    return new QuantizationSpec(
        Granularity.valueOf(root.path("granularity").asText()),
        Scheme.valueOf(root.path("scheme").asText()),
        root.path("weightBits").asInt(),
        root.path("activationBits").asInt(),
        new ScaleLimits(
            limits.path(0).asDouble(),
            limits.path(1).asDouble(),
            limits.path(2).asDouble(),
            limits.path(3).asDouble()),
        new WeightMultipliers(
            multipliers.path(0).asDouble(),
            multipliers.path(1).asDouble(),
            multipliers.path(2).asDouble()));
  }

  private static Map<String, float[]> inputMeans(JsonNode root, ByteBuffer in) {
    Map<String, float[]> means = new LinkedHashMap<>();
    root.path("inputMeans")
        .fields()
        .forEachRemaining(
            field -> {
              float[] each = new float[Math.min(field.getValue().asInt(), in.remaining() / 4)];
              in.asFloatBuffer().get(each);
              in.position(in.position() + Float.BYTES * each.length);
              means.put(field.getKey(), each);
            });
    return means;
  }

  private static Map<String, Range> ranges(JsonNode root) {
    Map<String, Range> ranges = new LinkedHashMap<>();
    root.path("ranges")
        .fields()
        .forEachRemaining(
            field ->
                ranges.put(
                    field.getKey(),
                    new Range(
                        field.getValue().path(0).asDouble(), field.getValue().path(1).asDouble())));
    return ranges;
  }
}
