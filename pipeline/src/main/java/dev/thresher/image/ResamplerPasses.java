package dev.thresher.image;

/**
 * The two passes of a resampled image, a row at a time. Every implementation gives the same bytes.
 */
sealed interface ResamplerPasses permits PlainPasses, VectorPasses {
  /** Half of what a sum is shifted by, so that it is rounded. */
  int HALF = 1 << (Taps.PRECISION_BITS - 1);

  /**
   * Resamples a row of pixels.
   *
   * @param row [pixels, 3], from the first pixel that any column is made of
   * @param out [columns, 3], 0 to 255
   */
  void columns(byte[] row, int[] out);

  /**
   * Makes a row of the result.
   *
   * @param rows a ring of rows, each [columns, 3], 0 to 255
   * @param first the first row used; row r lies at r modulo the ring's length
   * @param weights of the rows from it on
   * @param out where the row goes
   * @param at from here on
   */
  void rows(int[][] rows, int first, int[] weights, byte[] out, int at);

  /** The fastest that this JVM was started for. */
  static ResamplerPasses of(Taps columns) {
    return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
            && VectorPasses.isFast()
        ? VectorPasses.of(columns)
        : new PlainPasses(columns);
  }

  /** A sum as a pixel. */
  static int pixel(int sum) {
    return Math.max(0, Math.min(255, sum >> Taps.PRECISION_BITS));
  }
}
