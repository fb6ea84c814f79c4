package dev.thresher.image;

import java.util.Arrays;

/**
 * Pillow's {@code Image.resize} on 8-bit pixels, restricted to a window of the result.
 *
 * <p>Two passes, columns then rows, each out[i] = clip((2^21 + sum_k in[first_i + k] w_ik) >> 22)
 * with w the kernel around the centre (i + 0.5) in / out, normalized to 1, in 22-bit fixed point.
 * Only the pixels that the window needs are computed; the values are those of the whole resize.
 */
final class Resampler {
  /** Pillow's PRECISION_BITS: 32 less 8 for the pixel and 2 for overshoot. */
  private static final int PRECISION_BITS = 22;

  private static final int HALF = 1 << (PRECISION_BITS - 1);
  private static final int CHANNELS = Preprocessing.CHANNELS;

  private Resampler() {}

  /** The taps of output positions {@code from} to {@code from + count} of one axis. */
  private static final class Taps {
    private final int[] first;
    private final int[][] weights;

    private Taps(int[] first, int[][] weights) {
      this.first = first;
      this.weights = weights;
    }

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

    int begin() {
      return first[0];
    }

    int end() {
      int end = 0;
      for (int i = 0; i < first.length; i++) {
        end = Math.max(end, first[i] + weights[i].length);
      }
      return end;
    }
  }

  /**
   * Pixels [top, top + size) x [left, left + size) of the image resized to height x width.
   *
   * @return [size, size, 3], a new array
   */
  static byte[] window(
      RgbImage image, int height, int width, int top, int left, int size, Interpolation kernel) {
    if (height == image.height() && width == image.width()) {
      return cut(image, top, left, size);
    }
    Taps rows = Taps.of(image.height(), height, top, size, kernel);
    Taps columns = Taps.of(image.width(), width, left, size, kernel);
    int firstRow = rows.begin();
    int[][] narrow = new int[rows.end() - firstRow][size * CHANNELS];
    for (int y = 0; y < narrow.length; y++) {
      horizontal(image.rgb(), (firstRow + y) * image.width() * CHANNELS, columns, narrow[y]);
    }
    byte[] out = new byte[size * size * CHANNELS];
    int[] sums = new int[size * CHANNELS];
    for (int y = 0; y < size; y++) {
      vertical(narrow, rows.first[y] - firstRow, rows.weights[y], sums);
      for (int i = 0; i < sums.length; i++) {
        out[y * sums.length + i] = (byte) clip(sums[i]);
      }
    }
    return out;
  }

  private static byte[] cut(RgbImage image, int top, int left, int size) {
    byte[] out = new byte[size * size * CHANNELS];
    for (int y = 0; y < size; y++) {
      int from = ((top + y) * image.width() + left) * CHANNELS;
      System.arraycopy(image.rgb(), from, out, y * size * CHANNELS, size * CHANNELS);
    }
    return out;
  }

  private static void horizontal(byte[] rgb, int row, Taps columns, int[] out) {
    for (int x = 0; x < columns.first.length; x++) {
      int[] weights = columns.weights[x];
      int at = row + columns.first[x] * CHANNELS;
      int red = HALF;
      int green = HALF;
      int blue = HALF;
      for (int weight : weights) {
        red += (rgb[at] & 0xff) * weight;
        green += (rgb[at + 1] & 0xff) * weight;
        blue += (rgb[at + 2] & 0xff) * weight;
        at += CHANNELS;
      }
      out[x * CHANNELS] = clip(red);
      out[x * CHANNELS + 1] = clip(green);
      out[x * CHANNELS + 2] = clip(blue);
    }
  }

  /** Row by row, so that the compiler can use vectors: the rows are integers for that reason. */
  private static void vertical(int[][] rows, int first, int[] weights, int[] sums) {
    Arrays.fill(sums, HALF);
    for (int k = 0; k < weights.length; k++) {
      int[] row = rows[first + k];
      int weight = weights[k];
      for (int i = 0; i < sums.length; i++) {
        sums[i] += row[i] * weight;
      }
    }
  }

  private static int clip(int sum) {
    return Math.max(0, Math.min(255, sum >> PRECISION_BITS));
  }
}
