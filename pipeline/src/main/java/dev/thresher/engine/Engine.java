package dev.thresher.engine;

import dev.thresher.network.Graph;

/**
 * A way to compute on this machine. Every engine computes the same integers; floats agree to
 * rounding. Implementations are thread-safe, the passes they make are not.
 */
public interface Engine {
  /** Name for configuration and provenance: {@code reference}, {@code onednn}. */
  String name();

  /** What of the processor it computes with, for people. */
  String instructionSet();

  /** Prepares a float network (without batch normalization) for up to {@code batch} images. */
  FloatPass floatPass(Graph graph, int batch);

  /** Prepares an integer network for up to {@code batch} images. */
  QuantizedPass quantizedPass(IntegerNetwork network, int batch);

  /** Prepares training steps for up to {@code batch} images. */
  TrainingPass trainingPass(ThresholdedNetwork network, int batch);
}
