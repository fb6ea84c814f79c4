package dev.thresher.evaluate;

import java.io.Serializable;
import java.util.List;

/**
 * What the networks make of one image; small enough to be kept for every image of an evaluation.
 *
 * @param id of the image
 * @param className folder or label text, empty where unknown
 * @param label index of the right class, -1 where unknown
 * @param floats the float network's guess
 * @param candidates guesses of the quantized networks, in the order of the evaluation
 * @param squaredErrors sum over classes of the squared difference of logits, one for each candidate
 */
public record ImageFigures(
    String id,
    String className,
    int label,
    Guess floats,
    List<Guess> candidates,
    List<Double> squaredErrors)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Copies. */
  public ImageFigures {
    candidates = List.copyOf(candidates);
    squaredErrors = List.copyOf(squaredErrors);
  }

  /** Error of a candidate's logits, in units of logits. */
  public double logitRmse(int candidate, int classes) {
    return Math.sqrt(squaredErrors.get(candidate) / classes);
  }
}
