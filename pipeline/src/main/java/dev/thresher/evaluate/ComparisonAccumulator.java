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
    requireClass(label, sum.classes());
    Guess wanted = Guess.of(floats, offset, sum.classes(), label);
    add(floats, wanted, quantized, Guess.of(quantized, offset, sum.classes(), label), offset);
  }

  /**
   * Adds one image whose guesses are known.
   *
   * @return sum over the classes of the squared difference
   */
  double add(float[] floats, Guess wanted, float[] quantized, Guess given, int offset) {
    int classes = sum.classes();
    double logits = 0;
    double error = 0;
    double greatest = 0;
    for (int i = offset; i < offset + classes; i++) {
      double difference = (double) floats[i] - quantized[i];
      logits += (double) floats[i] * floats[i];
      error += difference * difference;
      greatest = Math.max(greatest, Math.abs(difference));
    }
    sum =
        sum.plus(
            new Comparison(
                classes,
                1,
                wanted.rank() > 0 ? 1 : 0,
                wanted.hits(1) ? 1 : 0,
                wanted.hits(FIVE) ? 1 : 0,
                given.hits(1) ? 1 : 0,
                given.hits(FIVE) ? 1 : 0,
                wanted.hits(1) && given.hits(1) ? 1 : 0,
                wanted.first() == given.first() ? 1 : 0,
                logits,
                error,
                greatest));
    return error;
  }

  static void requireClass(OptionalInt label, int outputs) {
    int classes = Ranking.classes(outputs);
    if (label.isPresent() && (label.getAsInt() < 0 || label.getAsInt() >= classes)) {
      throw new EvaluationException(
          "Cannot evaluate an image with label "
              + label.getAsInt()
              + ": the network has classes 0 to "
              + (classes - 1)
              + ". Give the labels of this network's data set, or none.");
    }
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
