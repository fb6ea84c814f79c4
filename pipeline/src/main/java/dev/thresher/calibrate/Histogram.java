package dev.thresher.calibrate;

import dev.thresher.network.Activation;
import java.io.Serializable;
import java.util.Arrays;

/**
 * Counts of values in fixed logarithmic bins: 64 a power of two from 2^-24 to 2^24, either sign,
 * and one bin for what is smaller. Bins do not depend on the data, so that merging is exact and
 * associative whatever the partitioning. NaN is refused; infinities count in the outermost bin.
 */
final class Histogram implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final int LEAST_EXPONENT = -24;
  private static final int POWERS = 48;
  private static final int BINS_PER_POWER = 64;
  static final int MANTISSA_SHIFT = 23 - 6;
  static final int FIRST = (LEAST_EXPONENT + 127) << 6;

  /** Bins of one sign; bin 0 holds magnitudes under 2^-24. */
  static final int BINS = 1 + POWERS * BINS_PER_POWER;

  private final long[] counts = new long[2 * BINS]; // of positive values, then of negative ones

  /** Where a value counts. */
  static int bin(float value) {
    int bits = Float.floatToRawIntBits(value);
    int bin = ((bits & Integer.MAX_VALUE) >>> MANTISSA_SHIFT) - FIRST + 1;
    return (bits >>> 31) * BINS + Math.min(Math.max(bin, 0), BINS - 1);
  }

  /** Counts the values of one image after their activation. */
  void add(ImageScan scan, float[] values, Activation activation) {
    scan.count(values, activation, counts);
  }

  void merge(Histogram other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
  }

  Histogram copy() {
    Histogram copy = new Histogram();
    copy.merge(this);
    return copy;
  }

  /** Count of values of one sign in a bin. */
  long count(int bin, int sign) {
    return counts[sign < 0 ? BINS + bin : bin];
  }

  /** All values counted. */
  long total() {
    return Arrays.stream(counts).sum();
  }

  /** Geometric middle of a bin's magnitudes; 0 for bin 0. */
  static double middle(int bin) {
    return bin == 0 ? 0 : Math.sqrt(edge(bin) * edge(bin + 1));
  }

  /** Least magnitude of a bin. */
  static double edge(int bin) {
    if (bin == 0) {
      return 0;
    }
    int power = (bin - 1) / BINS_PER_POWER;
    int step = (bin - 1) % BINS_PER_POWER;
    return Math.scalb(1 + (double) step / BINS_PER_POWER, LEAST_EXPONENT + power);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Histogram histogram && Arrays.equals(counts, histogram.counts);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(counts);
  }
}
