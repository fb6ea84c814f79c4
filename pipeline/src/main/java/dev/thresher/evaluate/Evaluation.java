package dev.thresher.evaluate;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * How several quantized networks compare with one float network on the same images.
 *
 * @param candidates names of the networks, in the order asked for
 * @param comparisons one for each
 * @param images the figures of every image, in the order of evaluation
 */
public record Evaluation(
    List<String> candidates, List<Comparison> comparisons, List<ImageFigures> images)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Copies; refuses lists of different lengths. */
  public Evaluation {
    candidates = List.copyOf(candidates);
    comparisons = List.copyOf(comparisons);
    images = List.copyOf(images);
    if (candidates.size() != comparisons.size()) {
      throw new IllegalArgumentException(
          "Cannot name "
              + comparisons.size()
              + " comparisons with "
              + candidates.size()
              + " names.");
    }
  }

  /**
   * All of them, one after the other; all of the same candidates.
   *
   * @param parts at least one
   */
  public static Evaluation sum(List<Evaluation> parts) {
    List<String> names = parts.get(0).candidates;
    List<Comparison> sums = new ArrayList<>(parts.get(0).comparisons);
    for (Evaluation part : parts.subList(1, parts.size())) {
      if (!part.candidates.equals(names)) {
        throw new EvaluationException(
            "Cannot add figures of " + names + " and of " + part.candidates + ".");
      }
      for (int i = 0; i < sums.size(); i++) {
        sums.set(i, sums.get(i).plus(part.comparisons.get(i)));
      }
    }
    Stream<ImageFigures> images = parts.stream().flatMap(part -> part.images.stream());
    return new Evaluation(names, sums, images.toList());
  }

  /** The comparison of a candidate. */
  public Comparison of(String candidate) {
    return comparisons.get(index(candidate));
  }

  /** The place of a candidate. */
  public int index(String candidate) {
    int index = candidates.indexOf(candidate);
    if (index < 0) {
      throw new IllegalArgumentException("Cannot find " + candidate + " among " + candidates + ".");
    }
    return index;
  }
}
