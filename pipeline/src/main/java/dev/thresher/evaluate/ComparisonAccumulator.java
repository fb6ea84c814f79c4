package dev.thresher.evaluate;

import java.util.OptionalInt;

/**
 * Compares logits image by image. Of equal logits the one with the lower index counts as greater;
 * NaN is never the greatest, and makes the squared error NaN. Not thread-safe.
 */
public final class ComparisonAccumulator {
  /** How many guesses "top 5" has. */
  private static final int FIVE = 5;

  private Comparison sum;

  /** Starts with nothing. */
  public ComparisonAccumulator(int classes) {
    this.sum = Comparison.none(classes);
  }

  /**
   * Adds one image.
   *
   * @param floats logits of the float network, from {@code offset}
   * @param quantized logits of the quantized network, from {@code offset}
   * @param label index of the right class, or empty
   * @throws EvaluationException for a label that is no class
   */
  public void add(float[] floats, float[] quantized, int offset, OptionalInt label) {
    int classes = sum.classes();
    double squared = 0;
    for (int i = offset; i < offset + classes; i++) {
      double difference = (double) floats[i] - quantized[i];
      squared += difference * difference;
    }
    int first = Ranking.argMax(floats, offset, classes);
    boolean agree = first == Ranking.argMax(quantized, offset, classes);
    sum =
        sum.plus(
            new Comparison(
                classes,
                1,
                label.isPresent() ? 1 : 0,
                hit(1, label, floats, offset),
                hit(FIVE, label, floats, offset),
                hit(1, label, quantized, offset),
                hit(FIVE, label, quantized, offset),
                agree ? 1 : 0,
                squared));
  }

  private int hit(int k, OptionalInt label, float[] logits, int offset) {
    if (label.isEmpty()) {
      return 0;
    }
    int index = label.getAsInt();
    if (index < 0 || index >= sum.classes()) {
      throw new EvaluationException(
          "Cannot evaluate an image with label "
              + index
              + ": the network has classes 0 to "
              + (sum.classes() - 1)
              + ". Give the labels of this network's data set, or none.");
    }
    return Ranking.isAmong(k, index, logits, offset, sum.classes()) ? 1 : 0;
  }

  /** Adds what another accumulator has seen after this one. */
  public void merge(Comparison later) {
    sum = sum.plus(later);
  }

  /** What was seen so far. */
  public Comparison snapshot() {
    return sum;
  }
}
