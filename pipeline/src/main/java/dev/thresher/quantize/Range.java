package dev.thresher.quantize;

/**
 * The calibrated interval of an activation tensor, in real values; zero always lies inside.
 *
 * @param min left threshold T_l, at most 0
 * @param max right threshold T_r, at least 0
 */
public record Range(double min, double max) {
  /** Extends the interval to zero; refuses NaN, infinity and min &gt; max. */
  public Range {
    if (!Double.isFinite(min) || !Double.isFinite(max) || min > max) {
      throw new IllegalArgumentException(
          "Cannot calibrate a tensor to ["
              + min
              + ", "
              + max
              + "]: two ordered, finite thresholds are needed.");
    }
    min = Math.min(min, 0) + 0.0;
    max = Math.max(max, 0) + 0.0;
  }

  /** The symmetric threshold T = max(|min|, |max|). */
  public double magnitude() {
    return Math.max(-min, max);
  }
}
