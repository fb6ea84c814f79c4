package dev.thresher.engine.reference;

/**
 * The inner loops. Each runs over contiguous arrays that share one index: the shape that the
 * just-in-time compiler turns into vector instructions (offsets or more arrays a loop stop it).
 */
final class RowKernels {
  /** 1.5 * 2^23: floats of this size are the integers. */
  private static final float ROUND = 12582912f;

  private RowKernels() {}

  /** {@code acc[n] += sum over k < count of a[k] rows[first + k][n]}. */
  static void multiplyAdd(float[] acc, float[] a, int count, float[][] rows, int first) {
    int k = 0;
    for (; k + 3 < count; k += 4) {
      int r = first + k;
      axpy4(
          acc, a[k], a[k + 1], a[k + 2], a[k + 3], rows[r], rows[r + 1], rows[r + 2], rows[r + 3]);
    }
    for (; k < count; k++) {
      axpy(acc, a[k], rows[first + k]);
    }
  }

  /**
   * {@code acc += s0 r0 + s1 r1 + s2 r2 + s3 r3}: with six rows the loop is too long for the
   * compiler to unroll, is not vectorized, and takes three times as long.
   */
  static void axpy4(
      float[] acc,
      float s0,
      float s1,
      float s2,
      float s3,
      float[] r0,
      float[] r1,
      float[] r2,
      float[] r3) {
    for (int n = 0; n < acc.length; n++) {
      acc[n] += s0 * r0[n] + s1 * r1[n] + (s2 * r2[n] + s3 * r3[n]);
    }
  }

  /** {@code acc += s r}. */
  static void axpy(float[] acc, float s, float[] r) {
    for (int n = 0; n < acc.length; n++) {
      acc[n] += s * r[n];
    }
  }

  /** {@code acc += a0 b0 + a1 b1 + a2 b2}, element by element. */
  static void addProducts3(
      float[] acc, float[] a0, float[] b0, float[] a1, float[] b1, float[] a2, float[] b2) {
    for (int n = 0; n < acc.length; n++) {
      acc[n] += a0[n] * b0[n] + a1[n] * b1[n] + a2[n] * b2[n];
    }
  }

  /** {@code acc += a b}, element by element. */
  static void addProducts(float[] acc, float[] a, float[] b) {
    for (int n = 0; n < acc.length; n++) {
      acc[n] += a[n] * b[n];
    }
  }

  /** {@code acc += a}, element by element. */
  static void add(float[] acc, float[] a) {
    for (int n = 0; n < acc.length; n++) {
      acc[n] += a[n];
    }
  }

  /** {@code y = a aFactor + b bFactor}: two products, one sum, each rounded. */
  static void weightedSum(float[] a, float aFactor, float[] b, float bFactor, float[] y) {
    for (int n = 0; n < y.length; n++) {
      y[n] = a[n] * aFactor + b[n] * bFactor;
    }
  }

  /** {@code row = min(max(row, lower), upper)}; NaN stays NaN. */
  static void clamp(float[] row, float lower, float upper) {
    for (int n = 0; n < row.length; n++) {
      row[n] = Math.min(Math.max(row[n], lower), upper);
    }
  }

  /** {@code row *= factors}, element by element. */
  static void multiply(float[] row, float[] factors) {
    for (int n = 0; n < row.length; n++) {
      row[n] *= factors[n];
    }
  }

  /**
   * {@code row = rint(min(max(row, lower), upper))} for integer bounds within 2^22: the addition
   * leaves no room for a fraction, and the floating point unit rounds half to even.
   */
  static void quantize(float[] row, float lower, float upper) {
    for (int n = 0; n < row.length; n++) {
      row[n] = Math.min(Math.max(row[n], lower), upper) + ROUND - ROUND;
    }
  }

  /** {@code row *= factor}. */
  static void multiply(float[] row, float factor) {
    for (int n = 0; n < row.length; n++) {
      row[n] *= factor;
    }
  }
}
