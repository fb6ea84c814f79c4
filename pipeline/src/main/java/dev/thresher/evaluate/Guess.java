package dev.thresher.evaluate;

import java.io.Serializable;
import java.util.OptionalInt;

/**
 * What a network makes of one image.
 *
 * @param first class of the greatest logit, of equal ones the lower index; of one logit, 1 where it
 *     is above 0
 * @param confidence softmax of the first class, 0 to 1
 * @param margin greatest logit less the second, in units of logits
 * @param rank place of the label, from 1; 0 without a label; {@link Integer#MAX_VALUE} where its
 *     logit is NaN
 */
public record Guess(int first, float confidence, float margin, int rank) implements Serializable {
  private static final long serialVersionUID = 1L;

  /**
   * Of {@code outputs} values from {@code offset}.
   *
   * @param label index of the right class, or empty
   */
  static Guess of(float[] values, int offset, int outputs, OptionalInt label) {
    return outputs == 1
        ? ofLogits(Ranking.logits(values, offset, outputs), 0, Ranking.classes(outputs), label)
        : ofLogits(values, offset, outputs, label);
  }

  private static Guess ofLogits(float[] logits, int offset, int classes, OptionalInt label) {
    int first = Ranking.argMax(logits, offset, classes);
    double greatest = logits[offset + first];
    double second = Double.NEGATIVE_INFINITY;
    double sum = 0;
    for (int i = 0; i < classes; i++) {
      double logit = logits[offset + i];
      sum += Math.exp(logit - greatest);
      second = i == first ? second : Math.max(second, logit);
    }
    return new Guess(
        first,
        (float) (1 / sum),
        (float) (greatest - second),
        label.isEmpty() ? 0 : Ranking.rank(label.getAsInt(), logits, offset, classes));
  }

  /** Whether the label is among the first {@code k}; false without a label. */
  boolean hits(int k) {
    return rank >= 1 && rank <= k;
  }
}
