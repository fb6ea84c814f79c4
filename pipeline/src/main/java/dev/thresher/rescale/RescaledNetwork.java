package dev.thresher.rescale;

import dev.thresher.fold.FoldedNetwork;
import java.util.List;

/**
 * A folded network with balanced filters: the fourth state of a model. Its ranges are calibrated
 * anew, since scaling changes them.
 *
 * @param folded the network, weights and biases rescaled
 * @param pairs what was done, in the order of execution; empty where rescaling is off
 */
public record RescaledNetwork(FoldedNetwork folded, List<RescaledPair> pairs) {
  /** Copies the list. */
  public RescaledNetwork {
    pairs = List.copyOf(pairs);
  }
}
