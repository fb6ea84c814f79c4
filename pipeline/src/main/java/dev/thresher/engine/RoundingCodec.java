package dev.thresher.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thresher.engine.Rounding.Layer;
import dev.thresher.network.NetworkFormatException;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A rounding as bytes: {@code "THRR"}, int32 version, int32 header length, a JSON header with each
 * node's number of weights and of filters, then for each node in that order the moves, int8, and
 * the biases, float32; little-endian. The same rounding gives the same bytes.
 */
public final class RoundingCodec {
  private static final int MAGIC = 0x52524854; // "THRR", little-endian
  private static final int VERSION = 1;
  private static final ObjectMapper JSON = new ObjectMapper();

  private RoundingCodec() {}

  /** Writes a rounding. */
  public static byte[] encode(Rounding rounding) {
    ObjectNode root = JSON.createObjectNode();
    long size = 0;
    for (Map.Entry<String, Layer> entry : rounding.layers().entrySet()) {
      Layer layer = entry.getValue();
      root.putArray(entry.getKey()).add(layer.moves().length).add(layer.bias().length);
      size += layer.moves().length + (long) Float.BYTES * layer.bias().length;
    }
    try {
      byte[] header = JSON.writeValueAsBytes(root);
      ByteBuffer out =
          ByteBuffer.allocate(Math.toIntExact(12 + header.length + size))
              .order(ByteOrder.LITTLE_ENDIAN)
              .putInt(MAGIC)
              .putInt(VERSION)
              .putInt(header.length)
              .put(header);
      for (Layer layer : rounding.layers().values()) {
        out.put(layer.moves());
        for (float bias : layer.bias()) {
          out.putFloat(bias);
        }
      }
      return out.array();
    } catch (IOException e) {
      throw new IllegalStateException("Cannot write a rounding's header.", e);
    }
  }

  /**
   * Reads a rounding.
   *
   * @throws NetworkFormatException for bytes that {@link #encode} did not write
   */
  public static Rounding decode(byte[] bytes) {
    try {
      ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
      if (in.remaining() < 12 || in.getInt() != MAGIC || in.getInt() != VERSION) {
        throw new NetworkFormatException(
            "Cannot read a rounding: the bytes do not start with THRR version " + VERSION + ".");
      }
      byte[] header = new byte[Math.min(in.getInt(), in.remaining())];
      in.get(header);
      Map<String, Layer> layers = new LinkedHashMap<>();
      Iterator<Map.Entry<String, JsonNode>> nodes = JSON.readTree(header).fields();
      while (nodes.hasNext()) {
        Map.Entry<String, JsonNode> node = nodes.next();
        layers.put(node.getKey(), layer((ArrayNode) node.getValue(), in));
      }
      if (in.hasRemaining()) {
        throw new NetworkFormatException(
            "Cannot read a rounding: " + in.remaining() + " bytes follow it.");
      }
      return new Rounding(layers);
    } catch (IOException
        | BufferUnderflowException
        | ClassCastException
        | NegativeArraySizeException e) {
      throw new NetworkFormatException("Cannot read a rounding: " + e.getMessage(), e);
    }
  }

  private static Layer layer(ArrayNode counts, ByteBuffer in) {
    int weights = counts.path(0).asInt(-1);
    int filters = counts.path(1).asInt(-1);
    if (weights < 0 || filters < 0 || weights + 4L * filters > in.remaining()) {
      throw new NetworkFormatException(
          "Cannot read a rounding: a node of %d weights and %d filters has %d bytes left."
              .formatted(weights, filters, in.remaining()));
    }
    byte[] moves = new byte[weights];
    in.get(moves);
    float[] bias = new float[filters];
    for (int k = 0; k < bias.length; k++) {
      bias[k] = in.getFloat();
    }
    return new Layer(moves, bias);
  }
}
