package dev.thresher.image;

/**
 * Pillow's {@code Image.resize} on 8-bit pixels, restricted to a window of the result.
 *
 * <p>Two passes, columns then rows, each out[i] = clip((2^21 + sum_k in[first_i + k] w_ik) >> 22)
 * with w the kernel around the centre (i + 0.5) in / out, normalized to 1, in 22-bit fixed point.
 * Only the pixels that the window needs are computed; the values are those of the whole resize.
 */
final class Resampler {
  private static final int CHANNELS = Preprocessing.CHANNELS;

  private Resampler() {}

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
    Taps columns = Taps.of(image.width(), width, left, size, kernel);
    Taps rows = Taps.of(image.height(), height, top, size, kernel);
    return resampled(image, columns, ResamplerPasses.of(columns), rows);
  }

  /**
   * Rows of the first pass are made when the second one comes to them, and kept while it needs
   * them.
   */
  static byte[] resampled(RgbImage image, Taps columns, ResamplerPasses passes, Taps rows) {
    int begin = columns.first(0);
    int pixels = columns.end() - begin;
    int values = columns.count() * CHANNELS;
    byte[] row = new byte[pixels * CHANNELS];
    int[][] ring = new int[rows.most()][values];
    byte[] out = new byte[rows.count() * values];
    int made = 0;
    for (int y = 0; y < rows.count(); y++) {
      int first = rows.first(y);
      int[] weights = rows.weights(y);
      for (made = Math.max(made, first); made < first + weights.length; made++) {
        image.copy(made, begin, pixels, row, 0);
        passes.columns(row, ring[made % ring.length]);
      }
      passes.rows(ring, first, weights, out, y * values);
    }
    return out;
  }

  private static byte[] cut(RgbImage image, int top, int left, int size) {
    byte[] out = new byte[size * size * CHANNELS];
    for (int y = 0; y < size; y++) {
      image.copy(top + y, left, size, out, y * size * CHANNELS);
    }
    return out;
  }
}
