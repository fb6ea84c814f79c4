package dev.thresher.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thresher.container.Container;
import dev.thresher.container.ContainerException;
import dev.thresher.container.ContainerKind;
import dev.thresher.container.ContainerWriter;
import dev.thresher.network.Graph;
import dev.thresher.network.GraphCodec;
import dev.thresher.network.NetworkFormatException;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.Range;
import dev.thresher.quantize.ScaleLimits;
import dev.thresher.quantize.Scheme;
import dev.thresher.quantize.WeightMultipliers;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * A thresholded network as a {@link Container}, for the broadcast and for the store between stages:
 * specification and ranges are facts, the array {@code mean/NODE}, F32 [channels], holds a node's
 * input means, and the array {@code graph}, U8, what {@link GraphCodec} writes. The same network
 * gives the same bytes.
 */
public final class ThresholdedNetworkCodec {
  private static final ContainerKind KIND = new ContainerKind("thresholded network", 3);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String MEAN = "mean/";
  private static final String GRAPH = "graph";

  private ThresholdedNetworkCodec() {}

  /** Writes a network. */
  public static byte[] encode(ThresholdedNetwork network) {
    ContainerWriter writer = new ContainerWriter(KIND, facts(network));
    network.inputMeans().forEach((node, each) -> writer.floats(MEAN + node, each, each.length));
    return writer.bytes(GRAPH, GraphCodec.encode(network.graph())).encode();
  }

  /**
   * Reads a network and validates it.
   *
   * @throws NetworkFormatException for bytes that {@link #encode} did not write
   */
  public static ThresholdedNetwork decode(byte[] bytes) {
    try {
      Container in = Container.read(bytes, KIND);
      Map<String, float[]> means = new LinkedHashMap<>();
      for (JsonNode node : in.facts().path("inputMeans")) {
        String name = MEAN + node.asText();
        means.put(node.asText(), in.floats(name, in.length(name)));
      }
      Graph graph = GraphCodec.decode(in.bytes(GRAPH));
      in.finish();
      return new ThresholdedNetwork(graph, spec(in.facts()), ranges(in.facts()), means);
    } catch (ContainerException e) {
      throw new NetworkFormatException(e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new NetworkFormatException("Cannot read a thresholded network: " + e.getMessage(), e);
    }
  }

  private static ObjectNode facts(ThresholdedNetwork network) {
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
    network.inputMeans().keySet().forEach(root.putArray("inputMeans")::add);
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
