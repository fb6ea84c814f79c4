package dev.thresher.quantize;

/**
 * Trained multipliers of single weights, {@code w' = m w}, kept within an interval. What stands in
 * the trained vector is t, at 1 to begin with:
 *
 * <pre>
 *   m = clip(1 + pace (t - 1), low, high)
 * </pre>
 *
 * so that one optimizer moves thresholds and multipliers, each at its own pace: Adam's steps have
 * the length of the learning rate whatever the gradient. Source: method, published figures
 * (point-wise weight scales in [0.75, 1.25]); arXiv 1812.07872.
 *
 * @param low least multiplier, above 0, at most 1
 * @param high greatest multiplier, from 1 to 2
 * @param pace of the multipliers beside that of the threshold scales, above 0
 */
public record WeightMultipliers(double low, double high, double pace) {
  /** Weights stay as they are; no multiplier is trained. */
  public static final WeightMultipliers NONE = new WeightMultipliers(1, 1, 1);

  /** Refuses intervals without 1, in which training starts. */
  public WeightMultipliers {
    if (!(0 < low && low <= 1 && 1 <= high && high <= 2 && 0 < pace && pace <= 10)) {
      throw new IllegalArgumentException(
          "Cannot train weight multipliers in ["
              + low
              + ", "
              + high
              + "] at pace "
              + pace
              + ": 0 < low <= 1 <= high <= 2 and 0 < pace <= 10 are needed.");
    }
  }

  /** Whether there is a multiplier to train. */
  public boolean areTrained() {
    return low < high;
  }

  /** m of a trained t. */
  public float multiplier(float trained) {
    return (float) Math.min(Math.max(1 + pace * (trained - 1.0), low), high);
  }

  /** The t nearest to the one given whose m is within the interval; NaN stays NaN. */
  public float clamp(float trained) {
    return Math.min(Math.max(trained, end(low)), end(high));
  }

  private float end(double multiplier) {
    return (float) (1 + (multiplier - 1) / pace);
  }

  /** Loss gradient of t, given that of the product of weight and multiplier. */
  public float gradient(double product, float weight, float trained) {
    return clamp(trained) == trained ? (float) (pace * weight * product) : 0f;
  }
}
