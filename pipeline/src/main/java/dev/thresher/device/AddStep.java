package dev.thresher.device;

import dev.thresher.export.tflite.Fused;
import dev.thresher.export.tflite.Int8Tensor;

/**
 * ADD: both inputs are shifted to the left and brought to twice the larger of their scales, in
 * fixed point; their sum is brought to the scale of the output.
 */
final class AddStep implements Step {
  /** Bits that an int8 leaves free: 8 + 1 for the sum + 20 fit 32. */
  private static final int LEFT_SHIFT = 20;

  private final int[][] a;
  private final int[][] b;
  private final int[][] y;
  private final FixedPoint first;
  private final FixedPoint second;
  private final FixedPoint output;
  private final int lower;
  private final int upper;

  /** Prepares; the tensors are those of both inputs and the output. */
  AddStep(
      Int8Tensor left,
      int[][] a,
      Int8Tensor right,
      int[][] b,
      Int8Tensor result,
      int[][] y,
      Fused fused) {
    this.a = a;
    this.b = b;
    this.y = y;
    double twice = 2 * (double) Math.max(left.scale(), right.scale());
    this.first = FixedPoint.of(left.scale() / twice);
    this.second = FixedPoint.of(right.scale() / twice);
    this.output = FixedPoint.of(twice / ((1 << LEFT_SHIFT) * (double) result.scale()));
    this.lower = fused.lower(result) - result.zeroPoint();
    this.upper = fused.upper(result) - result.zeroPoint();
  }

  @Override
  public void run() {
    for (int p = 0; p < y.length; p++) {
      int[] left = a[p];
      int[] right = b[p];
      int[] row = y[p];
      for (int c = 0; c < row.length; c++) {
        int sum = first.times(left[c] << LEFT_SHIFT) + second.times(right[c] << LEFT_SHIFT);
        row[c] = Math.min(Math.max(output.times(sum), lower), upper);
      }
    }
  }
}
