package dev.thresher.network;

/**
 * The clamp that follows an operator: {@code y = min(max(x, lower), upper)}.
 *
 * @param lower lower bound, may be negative infinity
 * @param upper upper bound, may be positive infinity
 */
public record Activation(float lower, float upper) {
  /** No clamp. */
  public static final Activation NONE =
      new Activation(Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY);

  /** {@code max(x, 0)}. */
  public static final Activation RELU = new Activation(0f, Float.POSITIVE_INFINITY);

  /** {@code min(max(x, 0), 6)}. */
  public static final Activation RELU6 = new Activation(0f, 6f);

  /** Refuses NaN and an empty interval. */
  public Activation {
    if (!(lower < upper)) {
      throw new IllegalArgumentException(
          "Cannot clamp to [" + lower + ", " + upper + "]: the lower bound must be the smaller.");
    }
  }

  /** True where nothing is clamped. */
  public boolean isNone() {
    return lower == Float.NEGATIVE_INFINITY && upper == Float.POSITIVE_INFINITY;
  }

  /** The clamped value; NaN stays NaN. */
  public float apply(float value) {
    return Math.min(Math.max(value, lower), upper);
  }
}
