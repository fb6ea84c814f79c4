package dev.thresher.engine.onednn;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.network.Node;

/** One node of an integer forward pass. */
sealed interface IntegerStep permits WeightedStep, ElementStep {
  Node node();

  CodeTensor out();

  /** Takes over the weights and constants of a network; grids are configured before. */
  void configure(IntegerNetwork network);

  /** Computes the output's codes for one chunk of images. */
  void forward(int chunk);

  /** Bytes on the heap. */
  long heapBytes();
}
