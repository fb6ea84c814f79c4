package dev.thresher.engine.reference;

import dev.thresher.network.Graph;

/** Checks of what a caller passes. */
final class Batches {
  private Batches() {}

  static int requirePositive(int batch) {
    if (batch < 1) {
      throw new IllegalArgumentException(
          "Cannot prepare a pass for " + batch + " images: at least 1 is needed.");
    }
    return batch;
  }

  static void check(Graph graph, int batch, float[] images, int count) {
    if (count < 0 || count > batch) {
      throw new IllegalArgumentException(
          "Cannot run " + count + " images: the pass was prepared for up to " + batch + ".");
    }
    long needed = (long) count * graph.inputShape().size();
    if (images.length < needed) {
      throw new IllegalArgumentException(
          "Cannot run "
              + count
              + " images: they need "
              + needed
              + " values, "
              + images.length
              + " were given.");
    }
  }
}
