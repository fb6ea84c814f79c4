package dev.thresher.calibrate;

import java.util.Arrays;

/**
 * What one image shows of each channel of a tensor.
 *
 * @param min least value before the activation; NaN if one was
 * @param max greatest value before the activation
 * @param sum of the values after the activation, added position by position
 * @param square sum of their squares likewise
 * @param inside values strictly between the activation's bounds
 */
@SuppressWarnings("ArrayRecordComponent")
record Moments(float[] min, float[] max, double[] sum, double[] square, int[] inside) {
  /** Of no positions yet. */
  static Moments of(int channels) {
    Moments moments =
        new Moments(
            new float[channels],
            new float[channels],
            new double[channels],
            new double[channels],
            new int[channels]);
    Arrays.fill(moments.min, Float.POSITIVE_INFINITY);
    Arrays.fill(moments.max, Float.NEGATIVE_INFINITY);
    return moments;
  }

  int channels() {
    return min.length;
  }
}
