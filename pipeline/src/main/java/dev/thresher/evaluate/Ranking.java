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

  /**
   * Place of a class in descending order of logits, from 1; {@link Integer#MAX_VALUE} where its
   * logit is NaN.
   */
  static int rank(int label, float[] logits, int offset, int count) {
    float own = logits[offset + label];
    if (Float.isNaN(own)) {
      return Integer.MAX_VALUE;
    }
    int before = 0;
    for (int i = 0; i < count; i++) {
      float other = logits[offset + i];
      if (other > own || (other == own && i < label)) {
        before++;
      }
    }
    return before + 1;
  }
}
