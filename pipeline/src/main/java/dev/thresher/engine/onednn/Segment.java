package dev.thresher.engine.onednn;

import java.util.List;

/**
 * Steps that run one after the other on a few images before the next images follow, so that what is
 * between two steps stays in the caches.
 *
 * @param images at once
 * @param steps in the order of execution
 */
record Segment(int images, List<IntegerStep> steps) {
  Segment {
    steps = List.copyOf(steps);
  }
}
