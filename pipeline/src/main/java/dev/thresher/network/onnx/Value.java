package dev.thresher.network.onnx;

/** What an ONNX tensor is known to be while the graph is walked. */
sealed interface Value permits Constant, Value.Activations {
  /** Computed from the image: a feature map, or what a final softmax makes of one. */
  sealed interface Activations extends Value permits Feature, Probabilities {}

  /**
   * Softmax of the logits: dropped, since logits are compared.
   *
   * @param logits what the softmax reads
   * @param node name of the softmax, for messages
   */
  record Probabilities(Feature logits, String node) implements Activations {}
}
