package dev.thresher.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thresher.container.Container;
import dev.thresher.container.ContainerException;
import dev.thresher.container.ContainerKind;
import dev.thresher.container.ContainerWriter;
import dev.thresher.engine.Rounding.Layer;
import dev.thresher.network.NetworkFormatException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A rounding as a {@link Container}: the fact {@code nodes} lists the nodes, and each has the
 * arrays {@code moves/NODE}, I8 [weights], and {@code bias/NODE}, F32 [filters]. The same rounding
 * gives the same bytes.
 */
public final class RoundingCodec {
  private static final ContainerKind KIND = new ContainerKind("rounding", 2);
  private static final String MOVES = "moves/";
  private static final String BIAS = "bias/";

  private RoundingCodec() {}

  /** Writes a rounding. */
  public static byte[] encode(Rounding rounding) {
    ObjectNode facts = JsonNodeFactory.instance.objectNode();
    ArrayNode nodes = facts.putArray("nodes");
    ContainerWriter writer = new ContainerWriter(KIND, facts);
    rounding
        .layers()
        .forEach(
            (node, layer) -> {
              nodes.add(node);
              writer.integers(MOVES + node, layer.moves(), layer.moves().length);
              writer.floats(BIAS + node, layer.bias(), layer.bias().length);
            });
    return writer.encode();
  }

  /**
   * Reads a rounding.
   *
   * @throws NetworkFormatException for bytes that {@link #encode} did not write
   */
  public static Rounding decode(byte[] bytes) {
    try {
      Container in = Container.read(bytes, KIND);
      Map<String, Layer> layers = new LinkedHashMap<>();
      for (JsonNode node : in.facts().path("nodes")) {
        String moves = MOVES + node.asText();
        String bias = BIAS + node.asText();
        layers.put(
            node.asText(),
            new Layer(in.integers(moves, in.length(moves)), in.floats(bias, in.length(bias))));
      }
      in.finish();
      return new Rounding(layers);
    } catch (ContainerException e) {
      throw new NetworkFormatException(e.getMessage(), e);
    }
  }
}
