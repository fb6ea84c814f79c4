package dev.thresher.device;

import dev.thresher.export.tflite.Int8Tensor;
import java.util.Arrays;

/**
 * MEAN over all positions: the division by their number goes into the multiplier, whose mantissa
 * loses what the division leaves over.
 */
final class MeanStep implements Step {
  private final int[][] x;
  private final int[][] y;
  private final FixedPoint multiplier;
  private final Int8Tensor output;

  MeanStep(Int8Tensor input, int[][] x, Int8Tensor output, int[][] y) {
    this.x = x;
    this.y = y;
    this.output = output;
    this.multiplier = over(FixedPoint.of(input.scale() / (double) output.scale()), x.length);
  }

  /** The multiplier over a count, as the reference kernel divides it. */
  private static FixedPoint over(FixedPoint multiplier, int count) {
    int log = 31 - Integer.numberOfLeadingZeros(count);
    int shift = Math.min(log, 31 + multiplier.shift());
    long mantissa = ((long) multiplier.mantissa() << shift) / count;
    return new FixedPoint((int) mantissa, multiplier.shift() - shift);
  }

  @Override
  public void run() {
    int[] row = y[0];
    Arrays.fill(row, 0);
    for (int[] each : x) {
      IntRows.add(row, each);
    }
    for (int c = 0; c < row.length; c++) {
      row[c] = Codes.clamp(multiplier.times(row[c]), output);
    }
  }
}
