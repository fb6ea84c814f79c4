package dev.thresher.engine.onednn;

import dev.thresher.network.Graph;
import dev.thresher.tensor.FeatureShape;

/** How many images go through the network at once. */
final class Chunks {
  /** Bytes of the largest tensor in float32 that a chunk may have, to stay in the caches. */
  private static final long CACHED = 5L << 20;

  private Chunks() {}

  /** Elements of the largest tensor of one image. */
  static int largest(Graph graph) {
    int largest = 0;
    for (FeatureShape shape : graph.shapes().values()) {
      largest = Math.max(largest, shape.size());
    }
    return largest;
  }

  /** Images per chunk for a batch. */
  static int size(Graph graph, int batch) {
    if (batch < 1) {
      throw new IllegalArgumentException(
          "Cannot prepare a pass for " + batch + " images: at least one is needed.");
    }
    long fitting = CACHED / ((long) largest(graph) * Float.BYTES);
    return (int) Math.max(1, Math.min(batch, fitting));
  }

  /** Chunks of a batch, the last possibly not full. */
  static int count(int batch, int chunk) {
    return (batch + chunk - 1) / chunk;
  }

  /** Refuses arrays that do not hold what is asked for. */
  static void check(Graph graph, int count, int batch, float[] images, float[] logits) {
    check(graph, count, batch, images);
    require("logits", count, graph.classes(), logits);
  }

  static void check(Graph graph, int count, int batch, float[] images) {
    if (count < 0 || count > batch) {
      throw new IllegalArgumentException(
          "Cannot run " + count + " images: the pass was prepared for up to " + batch + ".");
    }
    require("images", count, graph.inputShape().size(), images);
  }

  static void require(String what, int count, int each, float[] values) {
    if (values.length < (long) count * each) {
      throw new IllegalArgumentException(
          "Cannot use "
              + values.length
              + " values as "
              + what
              + ": "
              + count
              + " images need "
              + (long) count * each
              + ".");
    }
  }
}
