package dev.thresher.rescale;

/**
 * The variance that rounding a tensor of activations adds to the logits, as a function of its
 * channels' factors.
 *
 * <pre>
 *   T'     = (sum_k min(range_k s_k, u)^p)^(1/p)
 *   noise  = T'^2 / (12 L^2)  sum_k sensitivity_k / r_k^2
 * </pre>
 */
final class ActivationNoise {
  private final double[] powers;
  private final double[] costs;
  private final double unit;
  private final double limit;

  /**
   * One tensor's noise.
   *
   * @param ranges greatest magnitude of each channel before the upper bound, real values
   * @param bound u of the tensor's own clamp, or infinity
   * @param sensitivity variance of the logits per unit of variance of a channel
   * @param levels L, steps from zero to the threshold
   */
  ActivationNoise(double[] ranges, double bound, double[] sensitivity, int levels) {
    double range = Float.MIN_NORMAL;
    for (double each : ranges) {
      range = Math.max(range, Math.min(each, bound));
    }
    powers = new double[ranges.length];
    costs = new double[ranges.length];
    for (int k = 0; k < ranges.length; k++) {
      powers[k] = WeightNoise.power(ranges[k] / range);
      costs[k] = ranges[k] > 0 ? sensitivity[k] : 0;
    }
    limit = Double.isFinite(bound) ? WeightNoise.power(bound / range) : bound;
    unit = range * range / (12.0 * levels * levels);
  }

  /** Adds the noise's derivatives to those of the factors and returns the noise. */
  double add(Factors factors) {
    double powerSum = 0;
    double costSum = 0;
    for (int k = 0; k < powers.length; k++) {
      powerSum += Math.min(grown(factors, k), limit);
      costSum += costs[k] * factors.inverseSquare()[k];
    }
    if (powerSum == 0) {
      return 0;
    }
    double step = unit * StrictMath.pow(powerSum, 2.0 / WeightNoise.POWER);
    double noise = step * costSum;
    for (int k = 0; k < powers.length; k++) {
      factors.readFalling()[k] += 2 * step * costs[k] * factors.inverseSquare()[k];
      double grown = grown(factors, k);
      if (grown < limit) {
        double[] rising = isClamped() ? factors.rising() : factors.readRising();
        rising[k] += 2 * noise * grown / powerSum;
      }
    }
    return noise;
  }

  /** The clamp's own tensor grows as it is written; what is made of it, as it is read. */
  private double grown(Factors factors, int k) {
    return isClamped() ? powers[k] * factors.power()[k] : powers[k] / factors.inversePower()[k];
  }

  private boolean isClamped() {
    return Double.isFinite(limit);
  }
}
