package dev.thresher.rescale;

import java.util.List;

/**
 * Minimizes the noise over the factors, within their freedom, by a fixed number of steps
 *
 * <pre>
 *   s_k = s_k (falling_k / rising_k)^RATE
 * </pre>
 *
 * At the minimum what a greater factor would add to the noise equals what it would take away. Steps
 * are relative, so that a channel of little weight settles as fast as a heavy one, and the way does
 * not depend on the scale at which a channel came in.
 */
final class NoiseDescent {
  /** Factors stay within 2^-20 to 2^20, so that scaled constants stay normal floats. */
  static final double GREATEST_LOGARITHM = 20 * StrictMath.log(2);

  /** Stable for terms of the power p = 12 on both sides of a channel at once. */
  private static final double RATE = 1.0 / (2 * WeightNoise.POWER);

  /**
   * The noise is not convex in the slope of a fitted clamp: larger steps could leap over a minimum.
   */
  private static final double GREATEST_FITTED_STEP = 0.05;

  private NoiseDescent() {}

  /**
   * Takes the steps from where the factors are; they are at the minimum then.
   *
   * @return the noise there, variance of the logits
   */
  static double run(
      NoiseObjective objective, List<ChannelFreedom> freedoms, List<Factors> factors, int steps) {
    for (int step = 0; step < steps; step++) {
      factors.forEach(Factors::refresh);
      objective.add(factors);
      for (int g = 0; g < factors.size(); g++) {
        move(factors.get(g), freedoms.get(g), cooling(step, steps));
      }
    }
    factors.forEach(Factors::refresh);
    return objective.add(factors);
  }

  /** Fitted clamps have a kink, around which steps of one length would go to and fro. */
  private static double cooling(int step, int steps) {
    return Math.min(1, 1.5 * (steps - step) / steps);
  }

  private static void move(Factors group, ChannelFreedom freedom, double cooling) {
    for (int k = 0; k < group.size(); k++) {
      double rising = group.totalRising(k);
      double falling = group.totalFalling(k);
      if (freedom.isFree(k) && rising > 0 && falling > 0) {
        double change = RATE * StrictMath.log(falling / rising);
        if (group.isFitted(k)) {
          change =
              cooling * Math.min(Math.max(change, -GREATEST_FITTED_STEP), GREATEST_FITTED_STEP);
        }
        group.logarithms()[k] = freedom.clamp(k, group.logarithms()[k] + change);
      }
    }
  }
}
