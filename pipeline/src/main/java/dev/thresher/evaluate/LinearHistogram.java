package dev.thresher.evaluate;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Counts of values in bins of one width, for drawing. The width is the least power of two, 2^-40 or
 * more and 2^-52 of the greatest magnitude or more, with which at most {@value #MOST_BINS} bins,
 * whose edges are multiples of it, hold all values: so it depends on the least and the greatest
 * value alone, and neither the order of values nor of merges changes a count. Values that are not
 * finite are left out. Not thread-safe.
 */
public final class LinearHistogram implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Enough for a drawing, few enough for a table of all tensors. */
  static final int MOST_BINS = 128;

  private static final int LEAST_EXPONENT = -40;

  /** Bins are counted exactly, and their edges are doubles, up to here. */
  private static final double GREATEST_INDEX = 1L << 52;

  private int exponent = LEAST_EXPONENT;
  private double binsPerUnit = Math.scalb(1.0, -LEAST_EXPONENT);
  private long first;
  private int used;
  private final long[] counts = new long[MOST_BINS];

  /**
   * Values counted in [low, high).
   *
   * @param low in real values
   * @param high in real values
   */
  public record Bin(double low, double high, long count) {}

  /** Counts every value. */
  void add(float[] values) {
    for (float value : values) {
      add(value);
    }
  }

  /** Counts a value. */
  void add(float value) {
    if (Float.isFinite(value)) {
      while (Math.abs(value * binsPerUnit) > GREATEST_INDEX) {
        widen();
      }
      add((long) Math.floor(value * binsPerUnit), 1);
    }
  }

  private void add(long bin, long count) {
    long index = bin;
    while (!reaches(index)) {
      widen();
      index = Math.floorDiv(index, 2);
    }
    counts[(int) (index - first)] += count;
  }

  /** Extends the bins to an index, if they then are not too many. */
  private boolean reaches(long index) {
    if (used == 0) {
      first = index;
      used = 1;
      return true;
    }
    long low = Math.min(first, index);
    long bins = Math.max(first + used - 1, index) - low + 1;
    if (bins > MOST_BINS) {
      return false;
    }
    if (low < first) {
      int shift = (int) (first - low);
      System.arraycopy(counts, 0, counts, shift, used);
      Arrays.fill(counts, 0, shift, 0);
      first = low;
    }
    used = (int) bins;
    return true;
  }

  private void widen() {
    exponent++;
    binsPerUnit /= 2;
    if (used == 0) {
      return;
    }
    long[] before = Arrays.copyOf(counts, used);
    long from = first;
    Arrays.fill(counts, 0);
    first = Math.floorDiv(from, 2);
    used = (int) (Math.floorDiv(from + before.length - 1, 2) - first) + 1;
    for (int i = 0; i < before.length; i++) {
      counts[(int) (Math.floorDiv(from + i, 2) - first)] += before[i];
    }
  }

  /** Adds the counts of other values. */
  void merge(LinearHistogram other) {
    for (int i = 0; i < other.used; i++) {
      while (exponent < other.exponent) {
        widen();
      }
      add((other.first + i) >> Math.min(exponent - other.exponent, Long.SIZE - 1), other.counts[i]);
    }
  }

  /** All bins from the least to the greatest value, empty ones between them included. */
  public List<Bin> bins() {
    List<Bin> bins = new ArrayList<>();
    for (int i = 0; i < used; i++) {
      double low = Math.scalb((double) (first + i), exponent);
      bins.add(new Bin(low, Math.scalb((double) (first + i + 1), exponent), counts[i]));
    }
    return bins;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof LinearHistogram histogram && bins().equals(histogram.bins());
  }

  @Override
  public int hashCode() {
    return bins().hashCode();
  }
}
