package dev.thresher.calibrate;

import java.io.Serializable;
import java.util.Arrays;

/**
 * One sum per channel in fixed point, whole part and a fraction of 2^-40, so that adding is exact
 * and the order of values and of merges does not matter. Values below 2^-40 count as 0, whole parts
 * add up to 2^63.
 */
final class ExactSums implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final double UNIT = 1L << 40;

  private final long[] whole;
  private final long[] fraction;

  ExactSums(int channels) {
    whole = new long[channels];
    fraction = new long[channels];
  }

  private ExactSums(ExactSums other) {
    whole = other.whole.clone();
    fraction = other.fraction.clone();
  }

  void add(int channel, double value) {
    double floor = Math.floor(value);
    whole[channel] += (long) floor;
    fraction[channel] += (long) Math.rint((value - floor) * UNIT);
  }

  void merge(ExactSums other) {
    for (int k = 0; k < whole.length; k++) {
      whole[k] += other.whole[k];
      fraction[k] += other.fraction[k];
    }
  }

  int channels() {
    return whole.length;
  }

  double sum(int channel) {
    return whole[channel] + fraction[channel] / UNIT;
  }

  ExactSums copy() {
    return new ExactSums(this);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ExactSums sums
        && Arrays.equals(whole, sums.whole)
        && Arrays.equals(fraction, sums.fraction);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(whole) + Arrays.hashCode(fraction);
  }
}
