package dev.thresher.quantize;

/**
 * The adjustable threshold of one filter, or of one weight tensor: {@code T_adj = clip(alpha) T},
 * {@code scale = T_adj / (2^(n-1) - 1)} (method, sections 4 and 5).
 *
 * @param spec bits and limits
 * @param threshold T = max |w|, not negative; a filter of zeros has T = 0 and quantizes to zeros
 */
public record WeightThreshold(QuantizationSpec spec, double threshold) {
  /** Adding 1.5 * 2^23 leaves a float of magnitude below 2^22 rounded half to even. */
  static final float ROUNDER = 12582912f;

  /** Refuses NaN, infinity and negative thresholds. */
  public WeightThreshold {
    if (!(threshold >= 0) || Double.isInfinite(threshold)) {
      throw new IllegalArgumentException(
          "Cannot quantize weights with threshold " + threshold + ": it must be finite and >= 0.");
    }
  }

  /** Real value of one step for a scale alpha; positive also for a filter of zeros. */
  public double scale(float alpha) {
    double adjusted = spec.limits().clampScale(alpha) * threshold;
    return Math.max(adjusted / spec.weightMax(), Float.MIN_NORMAL);
  }

  /** {@code clip(rint(w / scale), -Q, Q)}, half to even. */
  public static int quantize(float weight, float scale, int weightMax) {
    float steps = weight / scale;
    float rounded = steps + ROUNDER - ROUNDER;
    // A float quotient that is no tie rounds as the exact one does; a tie needs the exact one.
    int code =
        Math.abs(rounded - steps) == 0.5f
            ? (int) Math.rint((double) weight / scale)
            : (int) rounded;
    return Math.min(Math.max(code, -weightMax), weightMax);
  }

  /**
   * {@code d w_hat / d T_adj} of one weight: {@code (w_hat - w) / T_adj} inside the grid, the sign
   * outside; in units of 1 (real over real).
   */
  public static double derivative(float weight, float scale, int weightMax) {
    double steps = (double) weight / scale;
    double rounded = Math.rint(steps);
    if (Math.abs(rounded) > weightMax) {
      return Math.signum(steps);
    }
    return (rounded - steps) / weightMax;
  }

  /** Whether rounding gives a weight an integer of the grid, so that it follows the weight. */
  public static boolean isInside(float weight, float scale, int weightMax) {
    return Math.abs(Math.rint((double) weight / scale)) <= weightMax;
  }

  /** Loss gradient of alpha, given the sum over the weights of gradient times derivative. */
  public float gradient(double sum, float alpha) {
    boolean inside = alpha >= (float) spec.limits().low() && alpha <= (float) spec.limits().high();
    return inside ? (float) (threshold * sum) : 0f;
  }
}
