package dev.thresher.rescale;

/**
 * Logarithms of a group's factors, their powers, and what gathers on them of the noise's
 * derivative.
 */
final class Factors {
  private final double[] logarithms;
  private final double[] power;
  private final double[] inversePower;
  private final double[] square;
  private final double[] inverseSquare;
  private final double[] rising;
  private final double[] falling;

  Factors(double[] logarithms) {
    this.logarithms = logarithms.clone();
    int size = logarithms.length;
    power = new double[size];
    inversePower = new double[size];
    square = new double[size];
    inverseSquare = new double[size];
    rising = new double[size];
    falling = new double[size];
    refresh();
  }

  /** Takes over what was written to the logarithms and clears the derivatives. */
  void refresh() {
    for (int k = 0; k < logarithms.length; k++) {
      double factor = StrictMath.exp(logarithms[k]);
      square[k] = factor * factor;
      inverseSquare[k] = 1 / square[k];
      power[k] = WeightNoise.power(factor);
      inversePower[k] = 1 / power[k];
      rising[k] = 0;
      falling[k] = 0;
    }
  }

  int size() {
    return logarithms.length;
  }

  /** ln s, to be read and written. */
  double[] logarithms() {
    return logarithms;
  }

  /** s. */
  double[] factors() {
    double[] factors = new double[logarithms.length];
    for (int k = 0; k < factors.length; k++) {
      factors[k] = StrictMath.exp(logarithms[k]);
    }
    return factors;
  }

  /** s^p. */
  double[] power() {
    return power;
  }

  /** s^-p. */
  double[] inversePower() {
    return inversePower;
  }

  /** s^2. */
  double[] square() {
    return square;
  }

  /** s^-2. */
  double[] inverseSquare() {
    return inverseSquare;
  }

  /** Derivative by ln s of the noise that grows with s, not negative. */
  double[] rising() {
    return rising;
  }

  /** Derivative by -ln s of the noise that shrinks with s, not negative. */
  double[] falling() {
    return falling;
  }
}
