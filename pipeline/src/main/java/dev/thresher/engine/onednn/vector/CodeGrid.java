package dev.thresher.engine.onednn.vector;

/**
 * A tensor's grid as the passes need it: everything in steps relative to the zero point.
 *
 * @param zeroPoint the integer that means zero
 * @param lowerBits bits of the least rounded value, the activation's bound included
 * @param upperBits bits of the greatest rounded value, the activation's bound included
 * @param insideLow least value whose gradient passes
 * @param insideHigh greatest value whose gradient passes
 * @param below state of a value under {@code insideLow}
 * @param above state of a value over {@code insideHigh}
 */
public record CodeGrid(
    int zeroPoint,
    int lowerBits,
    int upperBits,
    float insideLow,
    float insideHigh,
    int below,
    int above) {
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
    return new CodeGrid(
        zeroPoint,
        roundedBits(lower - zeroPoint),
        roundedBits(upper - zeroPoint),
        blocksLow ? boundLow : gridLow,
        blocksHigh ? boundHigh : gridHigh,
        blocksLow ? State.BLOCKED : State.LOW,
        blocksHigh ? State.BLOCKED : State.HIGH);
  }

  private static int roundedBits(int integer) {
    return Float.floatToRawIntBits(Lanes.ROUNDER + integer);
  }

  /** Ties round to even: half a step under an odd integer rounds away from it. */
  private static float leastRoundingTo(int integer) {
    float half = integer - 0.5f;
    return (integer & 1) == 0 ? half : Math.nextUp(half);
  }
}
