package dev.thresher.calibrate;

import dev.thresher.network.Activation;
import java.io.Serializable;
import java.util.Arrays;

/**
 * What calibration knows of one activation tensor. Gathered with {@link #add}, joined with {@link
 * #merge}: minima, maxima and counts only, so that the result does not depend on how the images
 * were divided.
 */
public final class TensorStatistics implements Serializable {
  private static final long serialVersionUID = 1L;

  private final float[] channelMin;
  private final float[] channelMax;
  private final Histogram histogram;
  private float min = Float.POSITIVE_INFINITY;
  private float max = Float.NEGATIVE_INFINITY;

  /** Nothing seen yet. */
  TensorStatistics(int channels) {
    channelMin = new float[channels];
    channelMax = new float[channels];
    Arrays.fill(channelMin, Float.POSITIVE_INFINITY);
    Arrays.fill(channelMax, Float.NEGATIVE_INFINITY);
    histogram = new Histogram();
  }

  private TensorStatistics(TensorStatistics other) {
    channelMin = other.channelMin.clone();
    channelMax = other.channelMax.clone();
    histogram = other.histogram.copy();
    min = other.min;
    max = other.max;
  }

  /**
   * Adds one image.
   *
   * @param values result of the node before its activation, [H, W, C]
   * @param activation clamp that follows
   * @throws IllegalArgumentException for NaN
   */
  void add(float[] values, Activation activation) {
    int channels = channelMin.length;
    for (int start = 0; start < values.length; start += channels) {
      for (int c = 0; c < channels; c++) {
        float value = values[start + c];
        if (Float.isNaN(value)) {
          throw new IllegalArgumentException("channel " + c + " holds NaN");
        }
        channelMin[c] = Math.min(channelMin[c], value);
        channelMax[c] = Math.max(channelMax[c], value);
        histogram.add(activation.apply(value));
      }
    }
    for (int c = 0; c < channels; c++) {
      min = Math.min(min, activation.apply(channelMin[c]));
      max = Math.max(max, activation.apply(channelMax[c]));
    }
  }

  /** Joins statistics of other images of the same tensor. */
  void merge(TensorStatistics other) {
    for (int c = 0; c < channelMin.length; c++) {
      channelMin[c] = Math.min(channelMin[c], other.channelMin[c]);
      channelMax[c] = Math.max(channelMax[c], other.channelMax[c]);
    }
    min = Math.min(min, other.min);
    max = Math.max(max, other.max);
    histogram.merge(other.histogram);
  }

  TensorStatistics copy() {
    return new TensorStatistics(this);
  }

  /** Least value after the activation. */
  public double min() {
    return min;
  }

  /** Greatest value after the activation. */
  public double max() {
    return max;
  }

  /** Greatest value of a channel before the activation: m_k of the rescaling rule. */
  public float channelMax(int channel) {
    return channelMax[channel];
  }

  /** Least value of a channel before the activation. */
  public float channelMin(int channel) {
    return channelMin[channel];
  }

  Histogram histogram() {
    return histogram;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TensorStatistics statistics
        && Arrays.equals(channelMin, statistics.channelMin)
        && Arrays.equals(channelMax, statistics.channelMax)
        && histogram.equals(statistics.histogram);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(channelMax);
  }
}
