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
 * "THRT"}, int32 version, int32 header length, a JSON header with specification and ranges, then
 * the graph as {@link GraphCodec} writes it; little-endian. The same network gives the same bytes.
 */
public final class ThresholdedNetworkCodec {
  private static final int MAGIC = 0x54524854; // "THRT", little-endian
  private static final int VERSION = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  private ThresholdedNetworkCodec() {}

  /** Writes a network. */
  public static byte[] encode(ThresholdedNetwork network) {
    try {
      byte[] header = JSON.writeValueAsBytes(header(network));
      byte[] graph = GraphCodec.encode(network.graph());
      return ByteBuffer.allocate(Math.addExact(12 + header.length, graph.length))
          .order(ByteOrder.LITTLE_ENDIAN)
          .putInt(MAGIC)
          .putInt(VERSION)
          .putInt(header.length)
          .put(header)
          .put(graph)
          .array();
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
      byte[] graph = new byte[in.remaining()];
      in.get(graph);
      JsonNode root = JSON.readTree(header);
      return new ThresholdedNetwork(GraphCodec.decode(graph), spec(root), ranges(root));
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
