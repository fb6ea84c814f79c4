package dev.thresher.network.onnx;

/** What an ONNX tensor is known to be while the graph is walked. */
sealed interface Value permits Constant, Value.Activations {
  /** Computed from the image: a feature map, or what a final softmax or sigmoid makes of one. */
  sealed interface Activations extends Value permits Feature, Probabilities {}

  /**
   * Softmax or sigmoid of the logits: dropped, since logits are compared.
   *
   * @param logits what it reads
   * @param type softmax or sigmoid, for messages
   * @param node its name, for messages
   */
  record Probabilities(Feature logits, String type, String node) implements Activations {}
}
