package dev.thresher.rescale;

/**
 * The variance that rounding a tensor of activations adds to the logits, as a function of its
 * channels' factors.
 *
 * <pre>
 *   T'     = (sum_k (range_k s_k)^p)^(1/p)
 *   noise  = T'^2 / (12 L^2)  sum_k sensitivity_k / s_k^2
 * </pre>
 */
final class ActivationNoise {
  private final double[] powers;
  private final double[] costs;
  private final double unit;

  /**
   * One tensor's noise.
   *
   * @param ranges greatest magnitude of each channel after the activation, real values
   * @param sensitivity variance of the logits per unit of variance of a channel
   * @param levels L, steps from zero to the threshold
   */
  ActivationNoise(double[] ranges, double[] sensitivity, int levels) {
    double range = Float.MIN_NORMAL;
    for (double each : ranges) {
      range = Math.max(range, each);
    }
    powers = new double[ranges.length];
    costs = new double[ranges.length];
    for (int k = 0; k < ranges.length; k++) {
      powers[k] = WeightNoise.power(ranges[k] / range);
      costs[k] = ranges[k] > 0 ? sensitivity[k] : 0;
    }
    unit = range * range / (12.0 * levels * levels);
  }

  /** Adds the noise's derivatives to those of the factors and returns the noise. */
  double add(Factors factors) {
    double powerSum = 0;
    double costSum = 0;
    for (int k = 0; k < powers.length; k++) {
      powerSum += powers[k] * factors.power()[k];
      costSum += costs[k] * factors.inverseSquare()[k];
    }
    if (powerSum == 0) {
      return 0;
    }
    double step = unit * StrictMath.pow(powerSum, 2.0 / WeightNoise.POWER);
    double noise = step * costSum;
    for (int k = 0; k < powers.length; k++) {
      factors.rising()[k] += 2 * noise * powers[k] * factors.power()[k] / powerSum;
      factors.falling()[k] += 2 * step * costs[k] * factors.inverseSquare()[k];
    }
    return noise;
  }
}
