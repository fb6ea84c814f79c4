package dev.thresher.device;

import dev.thresher.export.tflite.Int8Tensor;

/** Codes less their zero point. */
final class Codes {
  private Codes() {}

  /** Kept within int8. */
  static int clamp(int centred, Int8Tensor grid) {
    int lower = Int8Tensor.MIN - grid.zeroPoint();
    int upper = Int8Tensor.MAX - grid.zeroPoint();
    return Math.min(Math.max(centred, lower), upper);
  }
}
