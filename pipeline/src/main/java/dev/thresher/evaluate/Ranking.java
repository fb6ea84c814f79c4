package dev.thresher.evaluate;

import java.util.Arrays;

/**
 * Places of classes in the order of their logits; of equal logits the one with the lower index
 * comes first. A network of one output tells two classes apart: its output is the logit of the
 * second, and that of the first is 0, as in logistic regression.
 */
public final class Ranking {
  private static final float ABSENT = 0;

  private Ranking() {}

  /** Classes that a network of this many outputs tells apart. */
  public static int classes(int outputs) {
    return outputs == 1 ? 2 : outputs;
  }

  /** The logits of the classes: a copy of {@code outputs} values from {@code offset}. */
  static float[] logits(float[] values, int offset, int outputs) {
    return outputs == 1
        ? new float[] {ABSENT, values[offset]}
        : Arrays.copyOfRange(values, offset, offset + outputs);
  }

  /** The class that a network puts first, by {@code outputs} values from {@code offset}. */
  static int first(float[] values, int offset, int outputs) {
    return outputs == 1
        ? argMax(logits(values, offset, outputs), 0, classes(outputs))
        : argMax(values, offset, outputs);
  }

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
