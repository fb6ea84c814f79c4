package dev.thresher.calibrate;

import dev.thresher.network.Activation;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

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
  private final ExactSums means;
  private final ExactSums squares;
  private final ExactSums inside;
  private ClampHistogram clamped; // where there is an upper bound
  private long images;
  private float min = Float.POSITIVE_INFINITY;
  private float max = Float.NEGATIVE_INFINITY;

  /** Nothing seen yet. */
  TensorStatistics(int channels) {
    channelMin = new float[channels];
    channelMax = new float[channels];
    Arrays.fill(channelMin, Float.POSITIVE_INFINITY);
    Arrays.fill(channelMax, Float.NEGATIVE_INFINITY);
    histogram = new Histogram();
    means = new ExactSums(channels);
    squares = new ExactSums(channels);
    inside = new ExactSums(channels);
  }

  private TensorStatistics(TensorStatistics other) {
    channelMin = other.channelMin.clone();
    channelMax = other.channelMax.clone();
    histogram = other.histogram.copy();
    means = other.means.copy();
    squares = other.squares.copy();
    inside = other.inside.copy();
    clamped = other.clamped == null ? null : other.clamped.copy();
    images = other.images;
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
    add(ImageScan.fastest(), values, activation);
  }

  void add(ImageScan scan, float[] values, Activation activation) {
    int channels = channelMin.length;
    addClamped(scan, values, activation);
    Moments moments = Moments.of(channels);
    scan.moments(values, activation, moments);
    histogram.add(scan, values, activation);
    double positions = (double) values.length / channels;
    for (int c = 0; c < channels; c++) {
      channelMin[c] = Math.min(channelMin[c], moments.min()[c]);
      channelMax[c] = Math.max(channelMax[c], moments.max()[c]);
    }
    requireNumbers();
    for (int c = 0; c < channels; c++) {
      means.add(c, moments.sum()[c] / positions);
      squares.add(c, moments.square()[c] / positions);
      inside.add(c, moments.inside()[c] / positions);
      min = Math.min(min, activation.apply(channelMin[c]));
      max = Math.max(max, activation.apply(channelMax[c]));
    }
    images++;
  }

  /** Least and greatest values keep a NaN that was among them. */
  private void requireNumbers() {
    for (int c = 0; c < channelMin.length; c++) {
      if (Float.isNaN(channelMin[c])) {
        throw new IllegalArgumentException("channel " + c + " holds NaN");
      }
    }
  }

  private void addClamped(ImageScan scan, float[] values, Activation activation) {
    if (Float.isFinite(activation.upper()) && activation.upper() > 0) {
      if (clamped == null) {
        clamped = new ClampHistogram(channelMin.length, activation.upper());
      }
      clamped.add(scan, values);
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
    means.merge(other.means);
    squares.merge(other.squares);
    inside.merge(other.inside);
    if (clamped == null) {
      clamped = other.clamped == null ? null : other.clamped.copy();
    } else if (other.clamped != null) {
      clamped.merge(other.clamped);
    }
    images += other.images;
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

  /** Mean of a channel after the activation. */
  public double channelMean(int channel) {
    return means.sum(channel) / images;
  }

  /** Mean square of a channel after the activation. */
  public double channelMeanSquare(int channel) {
    return squares.sum(channel) / images;
  }

  /** Share of a channel's values that lie strictly between the activation's bounds. */
  public double channelInside(int channel) {
    return inside.sum(channel) / images;
  }

  /** How far each channel goes beyond the upper bound of the clamp; empty without one. */
  public Optional<ClampHistogram> clamped() {
    return Optional.ofNullable(clamped);
  }

  Histogram histogram() {
    return histogram;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TensorStatistics statistics
        && Arrays.equals(channelMin, statistics.channelMin)
        && Arrays.equals(channelMax, statistics.channelMax)
        && images == statistics.images
        && means.equals(statistics.means)
        && squares.equals(statistics.squares)
        && inside.equals(statistics.inside)
        && Objects.equals(clamped, statistics.clamped)
        && histogram.equals(statistics.histogram);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(channelMax);
  }
}
