package dev.thresher.engine.onednn;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.ShortBuffer;
import org.bytedeco.dnnl.memory;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/**
 * Bytes off the heap, seen by oneDNN and, through views with absolute positions, by Java; freed
 * with the plan that allocated them.
 */
final class NativeBuffer {
  private final BytePointer start;
  private final ByteBuffer bytes;
  private final FloatBuffer floats;
  private final IntBuffer ints;
  private final ShortBuffer shorts;

  NativeBuffer(memory owner, long size) {
    this.start = new BytePointer(owner.get_data_handle()).capacity(size);
    this.bytes = start.asByteBuffer().order(ByteOrder.nativeOrder());
    this.floats = bytes.asFloatBuffer();
    this.ints = bytes.asIntBuffer();
    this.shorts = bytes.asShortBuffer();
  }

  ByteBuffer bytes() {
    return bytes;
  }

  FloatBuffer floats() {
    return floats;
  }

  IntBuffer ints() {
    return ints;
  }

  ShortBuffer shorts() {
    return shorts;
  }

  /** The address of a byte. */
  Pointer at(long offset) {
    return start.getPointer(offset);
  }
}
