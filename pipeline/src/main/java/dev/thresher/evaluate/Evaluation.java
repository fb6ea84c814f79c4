package dev.thresher.evaluate;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * How several quantized networks compare with one float network on the same images.
 *
 * @param candidates names of the networks, in the order asked for
 * @param comparisons one for each
 */
public record Evaluation(List<String> candidates, List<Comparison> comparisons)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Copies; refuses lists of different lengths. */
  public Evaluation {
    candidates = List.copyOf(candidates);
    comparisons = List.copyOf(comparisons);
    if (candidates.size() != comparisons.size()) {
      throw new IllegalArgumentException(
          "Cannot name "
              + comparisons.size()
              + " comparisons with "
              + candidates.size()
              + " names.");
    }
  }

  /** This and then that; both of the same candidates. */
  public Evaluation plus(Evaluation that) {
    if (!candidates.equals(that.candidates)) {
      throw new EvaluationException(
          "Cannot add figures of " + candidates + " and of " + that.candidates + ".");
    }
    List<Comparison> sums = new ArrayList<>();
    for (int i = 0; i < comparisons.size(); i++) {
      sums.add(comparisons.get(i).plus(that.comparisons.get(i)));
    }
    return new Evaluation(candidates, sums);
  }

  /** The comparison of a candidate. */
  public Comparison of(String candidate) {
    int index = candidates.indexOf(candidate);
    if (index < 0) {
      throw new IllegalArgumentException("Cannot find " + candidate + " among " + candidates + ".");
    }
    return comparisons.get(index);
  }
}
