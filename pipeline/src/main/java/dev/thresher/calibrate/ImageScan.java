package dev.thresher.calibrate;

import dev.thresher.network.Activation;

/**
 * Reads one tensor of one image, [H, W, C] before its activation. Every implementation gives the
 * same bits.
 */
sealed interface ImageScan permits PlainScan, VectorScan {
  /** Fills the moments of each channel. */
  void moments(float[] values, Activation activation, Moments moments);

  /** Counts values after the activation by {@link Histogram#bin}. */
  void count(float[] values, Activation activation, long[] histogram);

  /** Counts values before the activation, channel by channel, by {@link ClampHistogram#bin}. */
  void countClamped(float[] values, int channels, float bound, long[] histogram);

  /** The fastest that this JVM was started for. */
  static ImageScan fastest() {
    return Holder.FASTEST;
  }

  /** Chooses once. */
  final class Holder {
    private static final ImageScan FASTEST =
        ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent()
            ? new VectorScan()
            : new PlainScan();

    private Holder() {}
  }
}
