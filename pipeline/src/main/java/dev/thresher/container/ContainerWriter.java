package dev.thresher.container;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Collects facts and arrays, in the order in which they are added, and makes a container. */
public final class ContainerWriter {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final ContainerKind kind;
  private final ObjectNode facts;
  private final ObjectNode entries = JSON.createObjectNode();
  private final List<byte[]> arrays = new ArrayList<>();
  private long end;

  /** A container of a kind, with facts that are no arrays. */
  public ContainerWriter(ContainerKind kind, ObjectNode facts) {
    this.kind = kind;
    this.facts = facts;
  }

  /** Adds reals. */
  public ContainerWriter floats(String name, float[] values, int... shape) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(Float.BYTES, values.length))
            .order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    return append(name, ElementType.F32, bytes.array(), shape);
  }

  /** Adds integers of 8 bits with a sign. */
  public ContainerWriter integers(String name, byte[] values, int... shape) {
    return append(name, ElementType.I8, values.clone(), shape);
  }

  /** Adds bytes that mean nothing here, another container for example. */
  public ContainerWriter bytes(String name, byte[] values) {
    return append(name, ElementType.U8, values.clone(), values.length);
  }

  private ContainerWriter append(String name, ElementType type, byte[] bytes, int... shape) {
    if (entries.has(name) || name.equals(Container.CHECKSUM) || name.equals(Container.METADATA)) {
      throw new IllegalArgumentException("Cannot write array " + name + " twice.");
    }
    if (type.bytes(shape) != bytes.length) {
      throw new IllegalArgumentException(
          "Cannot write array %s: its shape %s does not fit %d bytes."
              .formatted(name, Arrays.toString(shape), bytes.length));
    }
    ObjectNode entry = entries.putObject(name);
    entry.put("dtype", type.name());
    Arrays.stream(shape).forEach(entry.putArray("shape")::add);
    entry.putArray("data_offsets").add(end).add(end + bytes.length);
    end += bytes.length;
    arrays.add(bytes);
    return this;
  }

  /** The bytes; equal facts and arrays in equal order give equal bytes. */
  public byte[] encode() {
    byte[] header = header();
    ByteBuffer out =
        ByteBuffer.allocate(Math.toIntExact(Long.BYTES + header.length + end + Integer.BYTES))
            .order(ByteOrder.LITTLE_ENDIAN)
            .putLong(header.length)
            .put(header);
    arrays.forEach(out::put);
    return out.putInt(Container.checksum(out.array(), out.position())).array();
  }

  /** Padded with spaces, so that the arrays begin at a multiple of eight. */
  private byte[] header() {
    ObjectNode root = JSON.createObjectNode();
    root.putObject(Container.METADATA)
        .put("kind", kind.name())
        .put("version", Integer.toString(kind.version()))
        .put("facts", text(facts));
    root.setAll(entries);
    ObjectNode checksum = root.putObject(Container.CHECKSUM);
    checksum.put("dtype", ElementType.U32.name());
    checksum.putArray("shape").add(1);
    checksum.putArray("data_offsets").add(end).add(end + Integer.BYTES);
    byte[] header = text(root).getBytes(StandardCharsets.UTF_8);
    if (header.length > Container.MOST_HEADER_BYTES) {
      throw new IllegalArgumentException(
          "Cannot write a %s: its header takes %d bytes, %d are the most."
              .formatted(kind.name(), header.length, Container.MOST_HEADER_BYTES));
    }
    byte[] padded = Arrays.copyOf(header, (header.length + 7) / 8 * 8);
    Arrays.fill(padded, header.length, padded.length, (byte) ' ');
    return padded;
  }

  private static String text(ObjectNode node) {
    try {
      return JSON.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Cannot write the header of a container.", e);
    }
  }
}
