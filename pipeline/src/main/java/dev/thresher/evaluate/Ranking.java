package dev.thresher.evaluate;

/** Places of logits in their order; of equal logits the one with the lower index comes first. */
final class Ranking {
  private Ranking() {}

  /** Index of the greatest of {@code count} logits from {@code offset}; NaN is never greatest. */
  static int argMax(float[] logits, int offset, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
      if (logits[offset + i] > logits[offset + best] || Float.isNaN(logits[offset + best])) {
        best = i;
      }
    }
    return best;
  }

  /** Whether a class is among the {@code k} first; a class whose logit is NaN is not. */
  static boolean isAmong(int k, int label, float[] logits, int offset, int count) {
    float own = logits[offset + label];
    int before = 0;
    for (int i = 0; i < count; i++) {
      float other = logits[offset + i];
      if (other > own || (other == own && i < label)) {
        before++;
      }
    }
    return before < k && !Float.isNaN(own);
  }
}
