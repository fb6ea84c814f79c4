package dev.thresher.export.tflite;

import com.google.flatbuffers.FlatBufferBuilder;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.tensorflow.lite.schema.Buffer;

/** The constants of a file: each once, aligned for kernels that read them in place. */
final class FlatBuffers {
  /** The schema's {@code force_align} of a buffer's data, which generated Java does not keep. */
  private static final int ALIGNMENT = 16;

  private final FlatBufferBuilder file;
  private final List<Integer> offsets = new ArrayList<>();
  private final Map<ByteBuffer, Integer> known = new HashMap<>();

  FlatBuffers(FlatBufferBuilder file) {
    this.file = file;
    // By convention the first one is empty: tensors without constants name it.
    offsets.add(Buffer.createBuffer(file, 0));
  }

  int add(byte[] data) {
    return known.computeIfAbsent(ByteBuffer.wrap(data), unused -> write(data));
  }

  private int write(byte[] data) {
    file.createUnintializedVector(1, data.length, ALIGNMENT).put(data);
    offsets.add(Buffer.createBuffer(file, file.endVector()));
    return offsets.size() - 1;
  }

  int add(int... values) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * values.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asIntBuffer().put(values);
    return add(bytes.array());
  }

  /** Text, filled with zeros to a size. */
  int add(String text, int size) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return add(Arrays.copyOf(bytes, Math.max(size, bytes.length)));
  }

  int[] offsets() {
    return offsets.stream().mapToInt(Integer::intValue).toArray();
  }
}
