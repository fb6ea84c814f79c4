package dev.thresher.calibrate;

import dev.thresher.network.Activation;

/** Value by value. */
record PlainScan() implements ImageScan {
  @Override
  public void moments(float[] values, Activation activation, Moments moments) {
    int channels = moments.channels();
    float lower = activation.lower();
    float upper = activation.upper();
    for (int start = 0; start < values.length; start += channels) {
      for (int c = 0; c < channels; c++) {
        float value = values[start + c];
        moments.min()[c] = Math.min(moments.min()[c], value);
        moments.max()[c] = Math.max(moments.max()[c], value);
        double result = Math.min(Math.max(value, lower), upper);
        moments.sum()[c] += result;
        moments.square()[c] += result * result;
        moments.inside()[c] += value > lower && value < upper ? 1 : 0;
      }
    }
  }

  @Override
  public void count(float[] values, Activation activation, long[] histogram) {
    for (float value : values) {
      histogram[Histogram.bin(activation.apply(value))]++;
    }
  }

  @Override
  public void countClamped(float[] values, int channels, float bound, long[] histogram) {
    float unit = 1 / bound;
    for (int start = 0; start < values.length; start += channels) {
      for (int c = 0; c < channels; c++) {
        histogram[c * ClampHistogram.STRIDE + ClampHistogram.bin(values[start + c] * unit)]++;
      }
    }
  }
}
