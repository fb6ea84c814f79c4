package dev.thresher.image;

import java.util.Arrays;

/**
 * What each output position of an axis is made of: input positions {@code first(i)} to {@code
 * first(i) + weights(i).length}, with their weights in 22-bit fixed point.
 */
final class Taps {
  /** Pillow's PRECISION_BITS: 32 less 8 for the pixel and 2 for overshoot. */
  static final int PRECISION_BITS = 22;

  private final int[] first;
  private final int[][] weights;

  private Taps(int[] first, int[][] weights) {
    this.first = first;
    this.weights = weights;
  }

  /** Of output positions {@code from} to {@code from + count}. */
  static Taps of(int in, int out, int from, int count, Interpolation kernel) {
    double scale = (double) in / out;
    double widening = Math.max(1.0, scale);
    double support = kernel.support * widening;
    int[] first = new int[count];
    int[][] weights = new int[count][];
    for (int i = 0; i < count; i++) {
      double centre = (from + i + 0.5) * scale;
      int begin = Math.max(0, (int) (centre - support + 0.5));
      int end = Math.min(in, (int) (centre + support + 0.5));
      first[i] = begin;
      weights[i] = fixedPoint(kernel, begin, end - begin, centre, 1.0 / widening);
    }
    return new Taps(first, weights);
  }

  private static int[] fixedPoint(
      Interpolation kernel, int begin, int size, double centre, double narrowing) {
    double[] real = new double[size];
    double sum = 0.0;
    for (int k = 0; k < size; k++) {
      real[k] = kernel.weight((k + begin - centre + 0.5) * narrowing);
      sum += real[k];
    }
    int[] fixed = new int[size];
    int used = 0;
    for (int k = 0; k < size; k++) {
      double weight = (sum == 0.0 ? real[k] : real[k] / sum) * (1 << PRECISION_BITS);
      fixed[k] = (int) (weight < 0 ? weight - 0.5 : weight + 0.5);
      used = fixed[k] == 0 ? used : k + 1;
    }
    return Arrays.copyOf(fixed, used);
  }

  /** Output positions. */
  int count() {
    return first.length;
  }

  /** The first input position of an output position; never falls from one to the next. */
  int first(int i) {
    return first[i];
  }

  /** Weights from there on; the array itself. */
  int[] weights(int i) {
    return weights[i];
  }

  /** The most taps of a position. */
  int most() {
    return Arrays.stream(weights).mapToInt(taps -> taps.length).max().orElse(0);
  }

  /** One after the last input position used. */
  int end() {
    int end = 0;
    for (int i = 0; i < first.length; i++) {
      end = Math.max(end, first[i] + weights[i].length);
    }
    return end;
  }
}
