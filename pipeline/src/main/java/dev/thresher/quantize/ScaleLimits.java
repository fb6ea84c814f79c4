package dev.thresher.quantize;

/**
 * The intervals that trained threshold scales are kept in (method, section 4).
 *
 * @param low least scale of a threshold or range width
 * @param high greatest scale of a threshold or range width
 * @param shiftLow least shift of a signed asymmetric range, as a share of its width
 * @param shiftHigh greatest shift of an asymmetric range, as a share of its width
 */
public record ScaleLimits(double low, double high, double shiftLow, double shiftHigh) {
  /** The paper's limits: alpha in [0.5, 1], shift in [-0.2, 0.4]. */
  public static final ScaleLimits PAPER = new ScaleLimits(0.5, 1.0, -0.2, 0.4);

  /** Refuses empty intervals and scales that are not positive. */
  public ScaleLimits {
    if (!(0 < low && low < high && shiftLow <= 0 && 0 <= shiftHigh && shiftHigh < 1)) {
      throw new IllegalArgumentException(
          "Cannot limit threshold scales to ["
              + low
              + ", "
              + high
              + "] and shifts to ["
              + shiftLow
              + ", "
              + shiftHigh
              + "]: 0 < low < high and shift-low <= 0 <= shift-high < 1 are needed.");
    }
  }

  /** The nearest scale within the limits. */
  public double clampScale(double alpha) {
    return Math.min(Math.max(alpha, low), high);
  }

  /** The nearest shift within the limits. */
  public double clampShift(double alpha) {
    return Math.min(Math.max(alpha, shiftLow), shiftHigh);
  }
}
