package dev.thresher.calibrate;

import java.io.Serializable;
import java.util.Arrays;

/**
 * How far each channel of a tensor goes beyond the upper bound of its clamp: counts of values
 * before the clamp, in 8 bins a power of two from 2^-8 to 2^6 times the bound. Greater ones count
 * in the last bin, lesser ones, zero and below included, in none. Bins do not depend on the data,
 * so that merging is exact.
 */
public final class ClampHistogram implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final int LEAST_EXPONENT = -8;
  private static final int POWERS = 14;
  static final int MANTISSA_SHIFT = 23 - 3;
  static final int FIRST = (LEAST_EXPONENT + 127) << 3;

  /** Bins of a channel. */
  public static final int BINS = POWERS << 3;

  /** A channel's bins, after one for what is too small to count. */
  static final int STRIDE = BINS + 1;

  private final int channels;
  private final float bound;
  private final long[] counts;
  private long values;

  /**
   * Nothing counted yet.
   *
   * @param bound upper, above 0
   */
  ClampHistogram(int channels, float bound) {
    this.channels = channels;
    this.bound = bound;
    this.counts = new long[channels * STRIDE];
  }

  /** Where a multiple of the bound counts among its channel's bins. */
  static int bin(float multiple) {
    // Sign and exponent first: what is too small, and what is negative, comes out as 0 or less.
    int bin = (Float.floatToRawIntBits(multiple) >> MANTISSA_SHIFT) - FIRST + 1;
    return Math.min(Math.max(bin, 0), BINS);
  }

  /** Counts the values of one image, [H, W, C], before the clamp. */
  void add(ImageScan scan, float[] image) {
    scan.countClamped(image, channels, bound, counts);
    values += image.length / channels;
  }

  void merge(ClampHistogram other) {
    for (int i = 0; i < counts.length; i++) {
      counts[i] += other.counts[i];
    }
    values += other.values;
  }

  ClampHistogram copy() {
    ClampHistogram copy = new ClampHistogram(channels, bound);
    copy.merge(this);
    return copy;
  }

  /** Share of a channel's values, those not positive included, that lie in a bin. */
  public double share(int channel, int bin) {
    return (double) counts[channel * STRIDE + bin + 1] / values;
  }

  /** Middle of a bin as a multiple of the bound. */
  public static double middle(int bin) {
    int eighth = bin & 7;
    double power = StrictMath.scalb(1.0, (bin >> 3) + LEAST_EXPONENT);
    return power * (1 + (eighth + 0.5) / 8);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof ClampHistogram histogram
        && bound == histogram.bound
        && values == histogram.values
        && Arrays.equals(counts, histogram.counts);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(counts);
  }
}
