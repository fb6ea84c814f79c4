package dev.thresher.engine;

import dev.thresher.network.Activation;
import java.util.List;

/**
 * The integer form of one node; its output tensor carries its name.
 *
 * @param name of the node
 * @param operator what is computed, with its integers
 * @param activation the clamp in real values, for people: {@code lower} and {@code upper} hold it
 * @param lower least output integer
 * @param upper greatest output integer
 * @param inputs tensors read
 */
public record IntegerNode(
    String name,
    IntegerOperator operator,
    Activation activation,
    int lower,
    int upper,
    List<String> inputs) {
  /** Copies the list. */
  public IntegerNode {
    inputs = List.copyOf(inputs);
  }
}
