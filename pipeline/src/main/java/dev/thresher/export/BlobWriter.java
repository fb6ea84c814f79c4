package dev.thresher.export;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Appends arrays to the blob and describes where they lie. */
final class BlobWriter {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** Fills {@code entry} with type, shape, offset and bytes. */
  void append(ObjectNode entry, byte[] values, int... shape) {
    append(entry, Format.INT8, values, shape);
  }

  void append(ObjectNode entry, int[] values, int... shape) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asIntBuffer().put(values);
    append(entry, Format.INT32, buffer.array(), shape);
  }

  void append(ObjectNode entry, float[] values, int... shape) {
    ByteBuffer buffer = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    buffer.asFloatBuffer().put(values);
    append(entry, Format.FLOAT32, buffer.array(), shape);
  }

  private void append(ObjectNode entry, String type, byte[] values, int... shape) {
    while (bytes.size() % Format.ALIGNMENT != 0) {
      bytes.write(0);
    }
    entry.put("type", type);
    for (int extent : shape) {
      entry.withArray("shape").add(extent);
    }
    entry.put("offset", bytes.size());
    entry.put("bytes", values.length);
    bytes.writeBytes(values);
  }

  byte[] bytes() {
    return bytes.toByteArray();
  }
}
