package dev.thresher.rescale;

/**
 * What fitted clamps cost: the error of each channel times how much the channel moves the logits.
 * Errors of a clamp have the same sign over many positions and channels and add up to more than
 * independent ones, which is what {@link NoiseSensitivity} assumes: they count {@value #WEIGHT}
 * times.
 */
final class ClampNoise {
  /**
   * Of 3, 10 and 30 picked by the untrained agreement, on training images, of MobileNet-v1 0.25
   * with one scale per tensor.
   */
  private static final double WEIGHT = 10;

  private final double[] sensitivity;

  /**
   * The cost of one tensor.
   *
   * @param sensitivity variance of the logits per unit of variance of a channel
   */
  ClampNoise(double[] sensitivity) {
    this.sensitivity = sensitivity;
  }

  /** Adds the cost's derivatives to those of the factors and returns the cost. */
  double add(Factors factors) {
    double sum = 0;
    for (int k = 0; k < sensitivity.length; k++) {
      double weight = WEIGHT * sensitivity[k];
      sum += weight * factors.clampError(k);
      double slope = weight * factors.clampErrorSlope(k);
      if (slope > 0) {
        factors.rising()[k] += slope;
      } else {
        factors.falling()[k] -= slope;
      }
    }
    return sum;
  }
}
