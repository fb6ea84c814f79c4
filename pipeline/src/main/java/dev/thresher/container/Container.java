package dev.thresher.container;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.zip.CRC32C;

/**
 * A file of named arrays, and facts about them: the one binary form of what stages and rounds hand
 * on. It is a safetensors file, which other tools open.
 *
 * <pre>
 *   uint64 n, a JSON object of n bytes, the arrays without gaps                (little-endian)
 *   "__metadata__": {"kind": ..., "version": ..., "facts": JSON as text}
 *   "name": {"dtype": "F32" | "I8" | "U8" | "U32", "shape": [...], "data_offsets": [begin, end]}
 *   "crc32c": the last array, U32 [1], the CRC-32C of all bytes before it
 * </pre>
 *
 * <p>{@link #read} holds one copy of the bytes and a header of at most {@link #MOST_HEADER_BYTES};
 * it takes no shape or offset on trust. Not for use by several threads.
 */
public final class Container {
  /** Ten times the header of the largest network that is known. */
  static final int MOST_HEADER_BYTES = 8 << 20;

  static final String METADATA = "__metadata__";
  static final String CHECKSUM = "crc32c";

  /** First bytes of what releases before this form wrote. */
  private static final Set<String> EARLIER = Set.of("THRG", "THRT", "THRR", "THTS", "THTL");

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private final ContainerKind kind;
  private final ByteBuffer data;
  private final JsonNode facts;
  private final Map<String, ArrayEntry> arrays;
  private final Set<String> unread;

  private Container(
      ContainerKind kind, ByteBuffer data, JsonNode facts, Map<String, ArrayEntry> arrays) {
    this.kind = kind;
    this.data = data;
    this.facts = facts;
    this.arrays = arrays;
    this.unread = new LinkedHashSet<>(arrays.keySet());
  }

  /**
   * Opens a container.
   *
   * @throws ContainerException for bytes of another kind or version, and for damaged ones
   */
  public static Container read(byte[] bytes, ContainerKind kind) {
    refuseEarlier(bytes, kind);
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long length = bytes.length < Long.BYTES ? -1 : in.getLong();
    if (length < 2 || length > MOST_HEADER_BYTES || length + Integer.BYTES > in.remaining()) {
      throw kind.refusal(
          "its %d bytes are no container; they are cut short or of another kind."
              .formatted(bytes.length));
    }
    int end = bytes.length - Integer.BYTES;
    if (in.getInt(end) != checksum(bytes, end)) {
      throw kind.refusal(
          "its checksum is %08x, its bytes give %08x. It is damaged."
              .formatted(in.getInt(end), checksum(bytes, end)));
    }
    int dataBegin = (int) (Long.BYTES + length);
    JsonNode header = json(kind, new String(bytes, 8, (int) length, StandardCharsets.UTF_8));
    JsonNode facts = facts(kind, header.path(METADATA));
    ByteBuffer data = in.slice(dataBegin, bytes.length - dataBegin).order(ByteOrder.LITTLE_ENDIAN);
    return new Container(kind, data, facts, arrays(kind, header, data.capacity()));
  }

  private static void refuseEarlier(byte[] bytes, ContainerKind kind) {
    String start = new String(bytes, 0, Math.min(4, bytes.length), StandardCharsets.ISO_8859_1);
    if (EARLIER.contains(start)) {
      throw kind.refusal(
          "it begins with "
              + start
              + ", as an earlier release of Thresher wrote it. Finish the run with that release, or"
              + " begin a new run: give --run a name that is not in use.");
    }
  }

  private static JsonNode facts(ContainerKind kind, JsonNode metadata) {
    String name = metadata.path("kind").asText();
    String version = metadata.path("version").asText();
    if (!name.equals(kind.name())) {
      throw kind.refusal("it holds '" + name + "'.");
    }
    if (!version.equals(Integer.toString(kind.version()))) {
      throw kind.refusal(
          "it is of version '"
              + version
              + "', this release reads version "
              + kind.version()
              + ". Finish the run with the release that wrote it, or begin a new run: give --run a"
              + " name that is not in use.");
    }
    return json(kind, metadata.path("facts").asText());
  }

  private static JsonNode json(ContainerKind kind, String text) {
    try {
      JsonNode node = JSON.readTree(text);
      if (node.isObject()) {
        return node;
      }
      throw kind.refusal("its header is no JSON object.");
    } catch (IOException e) {
      throw kind.refusal("its header is no JSON object.", e);
    }
  }

  private static Map<String, ArrayEntry> arrays(ContainerKind kind, JsonNode header, int size) {
    Map<String, ArrayEntry> arrays = new LinkedHashMap<>();
    long end = 0;
    String last = "";
    for (Map.Entry<String, JsonNode> field : header.properties()) {
      if (!field.getKey().equals(METADATA)) {
        last = field.getKey();
        ArrayEntry entry = ArrayEntry.of(kind, last, field.getValue(), end);
        arrays.put(last, entry);
        end = entry.end();
      }
    }
    if (end != size || !last.equals(CHECKSUM) || arrays.get(last).type() != ElementType.U32) {
      throw kind.refusal(
          "its arrays end at byte %d of %d, and the last is '%s'.".formatted(end, size, last));
    }
    arrays.remove(CHECKSUM);
    return arrays;
  }

  static int checksum(byte[] bytes, int length) {
    CRC32C crc = new CRC32C();
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }

  /** What is said about the arrays. */
  public JsonNode facts() {
    return facts;
  }

  /** A fact that is an integer of 32 bits. */
  public int integer(String fact) {
    JsonNode value = facts.path(fact);
    if (!value.isInt()) {
      throw kind.refusal("its fact '" + fact + "' is no integer.");
    }
    return value.asInt();
  }

  /** A fact that is a text. */
  public String text(String fact) {
    JsonNode value = facts.path(fact);
    if (!value.isTextual()) {
      throw kind.refusal("its fact '" + fact + "' is no text.");
    }
    return value.asText();
  }

  /** The shape of an array. */
  public int[] shape(String name) {
    return entry(name).shape().clone();
  }

  /** Elements of an array of one dimension; refuses one of more. */
  public int length(String name) {
    int[] shape = entry(name).shape();
    if (shape.length != 1) {
      throw kind.refusal(
          "array " + name + " is of shape " + Arrays.toString(shape) + ", not a list.");
    }
    return shape[0];
  }

  /** A copy of an array of reals; refuses another shape. */
  public float[] floats(String name, int... shape) {
    ByteBuffer bytes = open(name, ElementType.F32, shape);
    float[] values = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(values);
    return values;
  }

  /** A copy of an array of integers of 8 bits; refuses another shape. */
  public byte[] integers(String name, int... shape) {
    return copy(open(name, ElementType.I8, shape));
  }

  /** A copy of bytes. */
  public byte[] bytes(String name) {
    return copy(open(name, ElementType.U8, entry(name).shape()));
  }

  private static byte[] copy(ByteBuffer bytes) {
    byte[] values = new byte[bytes.remaining()];
    bytes.get(values);
    return values;
  }

  private ByteBuffer open(String name, ElementType type, int... shape) {
    ArrayEntry entry = entry(name);
    if (entry.type() != type || !Arrays.equals(entry.shape(), shape)) {
      throw kind.refusal(
          "array %s is %s %s, %s %s is needed."
              .formatted(
                  name,
                  entry.type(),
                  Arrays.toString(entry.shape()),
                  type,
                  Arrays.toString(shape)));
    }
    unread.remove(name);
    int begin = Math.toIntExact(entry.begin());
    return data.slice(begin, Math.toIntExact(entry.end()) - begin).order(ByteOrder.LITTLE_ENDIAN);
  }

  private ArrayEntry entry(String name) {
    ArrayEntry entry = arrays.get(name);
    if (entry == null) {
      throw kind.refusal("it has no array '" + name + "'.");
    }
    return entry;
  }

  /** Refuses arrays that nobody has read. */
  public void finish() {
    if (!unread.isEmpty()) {
      throw kind.refusal("nothing is known of its array '" + unread.iterator().next() + "'.");
    }
  }
}
