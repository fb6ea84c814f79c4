package dev.thresher.rescale;

/**
 * Logarithms of a group's factors, their powers, and what gathers on them of the noise's
 * derivative. A channel is written with s = e^v and read with r = e^w: producers multiply by s,
 * consumers divide by r. The two are the same but where a clamp is fitted ({@link ClampFit}).
 */
final class Factors {
  private final double[] logarithms;
  private final ClampFit[] fits;
  private final double[] reads;
  private final double[] readSlopes;
  private final double[] errors;
  private final double[] errorSlopes;
  private final double[] power;
  private final double[] inversePower;
  private final double[] square;
  private final double[] inverseSquare;
  private final double[] rising;
  private final double[] falling;
  private final double[] readRising;
  private final double[] readFalling;

  /**
   * The factors of one group.
   *
   * @param logarithms v, to begin with
   * @param fits of the channels whose clamp is fitted, null for the others
   */
  Factors(double[] logarithms, ClampFit[] fits) {
    this.logarithms = logarithms.clone();
    this.fits = fits.clone();
    int size = logarithms.length;
    reads = new double[size];
    readSlopes = new double[size];
    errors = new double[size];
    errorSlopes = new double[size];
    power = new double[size];
    inversePower = new double[size];
    square = new double[size];
    inverseSquare = new double[size];
    rising = new double[size];
    falling = new double[size];
    readRising = new double[size];
    readFalling = new double[size];
    refresh();
  }

  /** Takes over what was written to the logarithms and clears the derivatives. */
  void refresh() {
    for (int k = 0; k < logarithms.length; k++) {
      double write = StrictMath.exp(logarithms[k]);
      double read = write;
      reads[k] = logarithms[k];
      readSlopes[k] = 1;
      if (fits[k] != null) {
        ClampFit.Point point = fits[k].at(logarithms[k]);
        reads[k] = point.read();
        readSlopes[k] = point.readSlope();
        errors[k] = point.error();
        errorSlopes[k] = point.errorSlope();
        read = StrictMath.exp(reads[k]);
      }
      power[k] = WeightNoise.power(write);
      inversePower[k] = 1 / WeightNoise.power(read);
      square[k] = read * read;
      inverseSquare[k] = 1 / square[k];
      rising[k] = 0;
      falling[k] = 0;
      readRising[k] = 0;
      readFalling[k] = 0;
    }
  }

  int size() {
    return logarithms.length;
  }

  /** v = ln s, to be read and written. */
  double[] logarithms() {
    return logarithms;
  }

  /** s, by which producers multiply. */
  double[] factors() {
    return exponentials(logarithms);
  }

  /** r, by which consumers divide. */
  double[] readFactors() {
    return exponentials(reads);
  }

  private static double[] exponentials(double[] logarithms) {
    double[] factors = new double[logarithms.length];
    for (int k = 0; k < factors.length; k++) {
      factors[k] = StrictMath.exp(logarithms[k]);
    }
    return factors;
  }

  /** Whether the channel's clamp is fitted. */
  boolean isFitted(int k) {
    return fits[k] != null;
  }

  /** Mean square of what a fitted clamp changes, squared real values; 0 for others. */
  double clampError(int k) {
    return errors[k];
  }

  /** Derivative of {@link #clampError} by v. */
  double clampErrorSlope(int k) {
    return errorSlopes[k];
  }

  /** s^p. */
  double[] power() {
    return power;
  }

  /** r^-p. */
  double[] inversePower() {
    return inversePower;
  }

  /** r^2. */
  double[] square() {
    return square;
  }

  /** r^-2. */
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

  /** Derivative by ln r of the noise that grows with r, not negative. */
  double[] readRising() {
    return readRising;
  }

  /** Derivative by -ln r of the noise that shrinks with r, not negative. */
  double[] readFalling() {
    return readFalling;
  }

  /** Derivative by v of all noise that grows with v. */
  double totalRising(int k) {
    double slope = readSlopes[k];
    return rising[k] + (slope >= 0 ? slope * readRising[k] : -slope * readFalling[k]);
  }

  /** Derivative by -v of all noise that shrinks with v. */
  double totalFalling(int k) {
    double slope = readSlopes[k];
    return falling[k] + (slope >= 0 ? slope * readFalling[k] : -slope * readRising[k]);
  }
}
