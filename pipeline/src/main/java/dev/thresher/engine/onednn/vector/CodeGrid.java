package dev.thresher.engine.onednn.vector;

/**
 * A tensor's grid as the passes need it: everything in steps relative to the zero point.
 *
 * @param zeroPoint the integer that means zero
 * @param low least value whose gradient passes; rounds to the least code
 * @param high greatest value whose gradient passes; rounds to the greatest code
 * @param blocksLow whether the activation, not the grid, stops what lies under {@code low}
 * @param blocksHigh whether the activation, not the grid, stops what lies over {@code high}
 */
public record CodeGrid(
    int zeroPoint, float low, float high, boolean blocksLow, boolean blocksHigh) {
  /**
   * Derives what the straight-through rules need.
   *
   * @param zeroPoint the integer that means zero
   * @param qmin least integer of the grid
   * @param qmax greatest integer of the grid
   * @param lower least integer that the activation allows
   * @param upper greatest integer that the activation allows
   * @param boundLow the activation's lower bound in steps, may be infinite
   * @param boundHigh the activation's upper bound in steps, may be infinite
   */
  public static CodeGrid of(
      int zeroPoint, int qmin, int qmax, int lower, int upper, float boundLow, float boundHigh) {
    float gridLow = leastRoundingTo(qmin - zeroPoint);
    float gridHigh = -leastRoundingTo(zeroPoint - qmax);
    boolean blocksLow = boundLow >= gridLow;
    boolean blocksHigh = boundHigh <= gridHigh;
    // A bound beside a tie may round to the neighbour of the code that its double rounds to.
    float low = roundingTo(blocksLow ? boundLow : gridLow, lower - zeroPoint);
    float high = roundingTo(blocksHigh ? boundHigh : gridHigh, upper - zeroPoint);
    return new CodeGrid(zeroPoint, low, high, blocksLow, blocksHigh);
  }

  /** Ties round to even: half a step under an odd integer rounds away from it. */
  private static float leastRoundingTo(int integer) {
    float half = integer - 0.5f;
    return (integer & 1) == 0 ? half : Math.nextUp(half);
  }

  private static float roundingTo(float value, int integer) {
    return Math.min(Math.max(value, leastRoundingTo(integer)), -leastRoundingTo(-integer));
  }

  /** Whether clamping at {@link #low} is the same as dropping the sign. */
  boolean startsAtZero() {
    return low == 0 && high > 0;
  }
}
