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
}
