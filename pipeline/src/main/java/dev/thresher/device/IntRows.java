package dev.thresher.device;

/**
 * The inner loops. Each runs over whole arrays that share one index: the shape that the
 * just-in-time compiler turns into vector instructions.
 */
final class IntRows {
  private static final int AT_ONCE = 4;

  private IntRows() {}

  /** {@code acc[n] += sum over k of a[k] rows[first + k][n]}; zeros cost nothing. */
  static void multiplyAdd(int[] acc, int[] a, int[][] rows, int first, int[] picked) {
    int found = 0;
    for (int k = 0; k < a.length; k++) {
      if (a[k] != 0) {
        picked[found++] = k;
      }
    }
    int i = 0;
    for (; i + AT_ONCE <= found; i += AT_ONCE) {
      int k0 = picked[i];
      int k1 = picked[i + 1];
      int k2 = picked[i + 2];
      int k3 = picked[i + 3];
      addScaled4(
          acc,
          a[k0],
          rows[first + k0],
          a[k1],
          rows[first + k1],
          a[k2],
          rows[first + k2],
          a[k3],
          rows[first + k3]);
    }
    for (; i < found; i++) {
      addScaled(acc, a[picked[i]], rows[first + picked[i]]);
    }
  }

  private static void addScaled4(
      int[] acc, int s0, int[] r0, int s1, int[] r1, int s2, int[] r2, int s3, int[] r3) {
    for (int n = 0; n < acc.length; n++) {
      acc[n] += s0 * r0[n] + s1 * r1[n] + (s2 * r2[n] + s3 * r3[n]);
    }
  }

  private static void addScaled(int[] acc, int s, int[] r) {
    for (int n = 0; n < acc.length; n++) {
      acc[n] += s * r[n];
    }
  }

  /** {@code acc += a b}, element by element. */
  static void addProducts(int[] acc, int[] a, int[] b) {
    for (int n = 0; n < acc.length; n++) {
      acc[n] += a[n] * b[n];
    }
  }

  /** {@code acc += a0 b0 + a1 b1}, element by element. */
  static void addProducts2(int[] acc, int[] a0, int[] b0, int[] a1, int[] b1) {
    for (int n = 0; n < acc.length; n++) {
      acc[n] += a0[n] * b0[n] + a1[n] * b1[n];
    }
  }

  /** {@code acc += a}, element by element. */
  static void add(int[] acc, int[] a) {
    for (int n = 0; n < acc.length; n++) {
      acc[n] += a[n];
    }
  }
}
