package dev.thresher.engine.onednn;

/** Per-channel constants repeated until channels and lanes start together again. */
final class Periods {
  private Periods() {}

  static void repeat(float[] perChannel, float[] period) {
    for (int i = 0; i < period.length; i++) {
      period[i] = perChannel[i % perChannel.length];
    }
  }

  static void repeat(int[] perChannel, int[] period) {
    for (int i = 0; i < period.length; i++) {
      period[i] = perChannel[i % perChannel.length];
    }
  }

  /** Adds each channel's share of the period to its sum, and clears the period. */
  static void drain(float[] period, double[] perChannel) {
    for (int i = 0; i < period.length; i++) {
      perChannel[i % perChannel.length] += period[i];
      period[i] = 0;
    }
  }
}
