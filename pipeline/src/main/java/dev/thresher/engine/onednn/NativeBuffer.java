package dev.thresher.engine.onednn;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.bytedeco.dnnl.memory;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.Pointer;

/** Bytes off the heap, seen by oneDNN and by Java; freed with the plan that allocated them. */
final class NativeBuffer {
  private final BytePointer start;
  private final ByteBuffer bytes;

  NativeBuffer(memory owner, long size) {
    this.start = new BytePointer(owner.get_data_handle()).capacity(size);
    this.bytes = start.asByteBuffer().order(ByteOrder.nativeOrder());
  }

  /** All bytes, in native order; only absolute positions are used. */
  ByteBuffer bytes() {
    return bytes;
  }

  /** The address of a byte. */
  Pointer at(long offset) {
    return start.getPointer(offset);
  }

  /** Writes float32 values from the start on. */
  void put(float[] values) {
    bytes.asFloatBuffer().put(0, values);
  }

  /** Writes one float32 value. */
  void put(int index, float value) {
    bytes.putFloat(index * Float.BYTES, value);
  }
}
