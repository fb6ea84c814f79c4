package dev.thresher.engine.onednn;

import dev.thresher.engine.onednn.vector.Lanes;

/**
 * The heap arrays that one block of a tensor is copied to and from, small enough for the first
 * caches. Beyond a block's end up to a whole lane they hold anything.
 */
final class Blocks {
  /** Elements of a block, where the channels allow. */
  private static final int TARGET = 4096;

  final int[] ints;
  final float[] floats;
  final float[] otherFloats;
  final short[] shorts;
  final byte[] bytes;
  final float[] lanes = new float[Lanes.COUNT];

  /** For tensors of up to so many channels a block. */
  Blocks(int size) {
    int room = Lanes.roundUp(size);
    this.ints = new int[room];
    this.floats = new float[room];
    this.otherFloats = new float[room];
    this.shorts = new short[room];
    this.bytes = new byte[room];
  }

  /** Elements of a block of a tensor: whole periods of its channels. */
  static int size(int channels) {
    int period = Lanes.period(channels);
    return period * Math.max(1, TARGET / period);
  }

  /** What lanes find beyond the gradients of a block must count for nothing. */
  void zeroFloatsBeyond(int n) {
    for (int i = n; i < Lanes.roundUp(n); i++) {
      floats[i] = 0f;
    }
  }

  long heapBytes() {
    return 15L * ints.length;
  }
}
