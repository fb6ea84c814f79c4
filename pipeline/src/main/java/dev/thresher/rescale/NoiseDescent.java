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

  private NoiseDescent() {}

  /** Takes the steps from where the factors are; they are at the minimum then. */
  static void run(
      NoiseObjective objective, List<ChannelFreedom> freedoms, List<Factors> factors, int steps) {
    for (int step = 0; step < steps; step++) {
      factors.forEach(Factors::refresh);
      objective.add(factors);
      for (int g = 0; g < factors.size(); g++) {
        move(factors.get(g), freedoms.get(g));
      }
    }
  }

  private static void move(Factors group, ChannelFreedom freedom) {
    for (int k = 0; k < group.size(); k++) {
      double rising = group.rising()[k];
      double falling = group.falling()[k];
      if (!freedom.locked()[k] && rising > 0 && falling > 0) {
        double change = RATE * StrictMath.log(falling / rising);
        group.logarithms()[k] = freedom.clamp(k, group.logarithms()[k] + change);
      }
    }
  }
}
