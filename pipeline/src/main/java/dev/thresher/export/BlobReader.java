package dev.thresher.export;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Takes arrays out of the blob, in the order of the document and without gaps. */
final class BlobReader {
  private final byte[] blob;
  private int end;

  BlobReader(byte[] blob) {
    this.blob = blob;
  }

  byte[] bytes(JsonCursor entry, int... shape) {
    return slice(entry, Format.INT8, 1, shape).array();
  }

  int[] integers(JsonCursor entry, int... shape) {
    ByteBuffer slice = slice(entry, Format.INT32, 4, shape);
    int[] values = new int[slice.capacity() / 4];
    slice.asIntBuffer().get(values);
    return values;
  }

  float[] reals(JsonCursor entry, int... shape) {
    ByteBuffer slice = slice(entry, Format.FLOAT32, 4, shape);
    float[] values = new float[slice.capacity() / 4];
    slice.asFloatBuffer().get(values);
    return values;
  }

  private ByteBuffer slice(JsonCursor entry, String type, int width, int... shape) {
    entry.expect("type", type);
    int[] given = entry.integers("shape", -1);
    if (!Arrays.equals(given, shape)) {
      throw entry.refuse(
          "shape",
          "it is " + Arrays.toString(given) + ", " + Arrays.toString(shape) + " is needed.");
    }
    long size = width;
    for (int extent : shape) {
      if (extent < 1 || size > Integer.MAX_VALUE / Math.max(extent, 1)) {
        throw entry.refuse("shape", Arrays.toString(shape) + " is no array of this size.");
      }
      size *= extent;
    }
    entry.expect("bytes", (int) size);
    int aligned = (end + Format.ALIGNMENT - 1) / Format.ALIGNMENT * Format.ALIGNMENT;
    entry.expect("offset", aligned);
    if (aligned + size > blob.length) {
      throw entry.refuse(
          "bytes", "the array ends at " + (aligned + size) + ", the blob at " + blob.length + ".");
    }
    for (int i = end; i < aligned; i++) {
      if (blob[i] != 0) {
        throw entry.refuse("offset", "the padding before it is not zero.");
      }
    }
    end = aligned + (int) size;
    return ByteBuffer.wrap(Arrays.copyOfRange(blob, aligned, end)).order(ByteOrder.LITTLE_ENDIAN);
  }

  void finish() {
    if (end != blob.length) {
      throw new ModelFormatException(
          "Cannot read the blob: the document names " + end + " of its " + blob.length + " bytes.");
    }
  }
}
