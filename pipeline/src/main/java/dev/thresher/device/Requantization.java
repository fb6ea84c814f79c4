package dev.thresher.device;

import dev.thresher.export.tflite.Int8Tensor;

/** Accumulators of one row to codes, re-centred: each filter with its own multiplier. */
final class Requantization {
  private final int[] mantissas;
  private final int[] left;
  private final int[] right;
  private final int lower;
  private final int upper;

  /**
   * Prepares.
   *
   * @param multipliers accumulator steps to output steps, per filter
   * @param output its zero point
   * @param lower least code, with the zero point
   * @param upper greatest code, with the zero point
   */
  Requantization(FixedPoint[] multipliers, Int8Tensor output, int lower, int upper) {
    this.mantissas = new int[multipliers.length];
    this.left = new int[multipliers.length];
    this.right = new int[multipliers.length];
    for (int k = 0; k < multipliers.length; k++) {
      mantissas[k] = multipliers[k].mantissa();
      left[k] = Math.max(multipliers[k].shift(), 0);
      right[k] = Math.max(-multipliers[k].shift(), 0);
    }
    this.lower = lower - output.zeroPoint();
    this.upper = upper - output.zeroPoint();
  }

  /** Rounds and clamps; codes are stored less their zero point, so the sum needs none. */
  void apply(int[] sums, int[] row) {
    for (int k = 0; k < row.length; k++) {
      int scaled = FixedPoint.times(sums[k], mantissas[k], left[k], right[k]);
      row[k] = Math.min(Math.max(scaled, lower), upper);
    }
  }
}
