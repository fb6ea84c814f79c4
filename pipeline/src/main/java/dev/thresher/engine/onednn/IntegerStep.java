package dev.thresher.engine.onednn;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.network.Node;
import java.util.List;

/** One node of an integer forward pass. */
sealed interface IntegerStep permits WeightedStep, ElementStep {
  Node node();

  List<CodeTensor> in();

  CodeTensor out();

  /** Images at once. */
  int images();

  /** Elements of the output for the images at once. */
  default int elements() {
    return images() * out().shape().size();
  }

  /** Takes over the weights and constants of a network; grids are configured before. */
  void configure(IntegerNetwork network);

  /** Computes the output's codes for some images. */
  void forward(int firstImage);

  /** Bytes on the heap. */
  long heapBytes();
}
