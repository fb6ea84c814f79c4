package dev.thresher.export.tflite;

import dev.thresher.engine.IntegerWeights;

/** Weights [O, I, H, W] in the orders that kernels over [H, W, C] want. */
public final class WeightLayout {
  private WeightLayout() {}

  /** [O, H, W, I]. */
  public static byte[] channelsLast(IntegerWeights weights) {
    int[] shape = weights.shape();
    return transposed(weights.codes(), shape[0], shape[1], shape[2] * shape[3]);
  }

  /** [H, W, O] of depthwise weights, whose I is 1. */
  public static byte[] filtersLast(IntegerWeights weights) {
    int[] shape = weights.shape();
    return transposed(weights.codes(), 1, shape[0], shape[2] * shape[3]);
  }

  /** [blocks, rows, columns] to [blocks, columns, rows]. */
  private static byte[] transposed(byte[] values, int blocks, int rows, int columns) {
    byte[] result = new byte[values.length];
    for (int b = 0; b < blocks; b++) {
      int base = b * rows * columns;
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
          result[base + c * rows + r] = values[base + r * columns + c];
        }
      }
    }
    return result;
  }
}
