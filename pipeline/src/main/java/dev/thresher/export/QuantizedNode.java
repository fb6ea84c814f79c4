package dev.thresher.export;

import dev.thresher.network.Activation;
import java.util.List;

/**
 * One node of a quantized model; its output tensor carries its name.
 *
 * @param name of the node
 * @param operator what is computed, with its integers
 * @param activation the clamp in real values, for people: {@code lower} and {@code upper} hold it
 * @param lower least output integer
 * @param upper greatest output integer
 * @param inputs tensors read
 */
public record QuantizedNode(
    String name,
    QuantizedOperator operator,
    Activation activation,
    int lower,
    int upper,
    List<String> inputs) {
  /** Copies the list. */
  public QuantizedNode {
    inputs = List.copyOf(inputs);
  }
}
