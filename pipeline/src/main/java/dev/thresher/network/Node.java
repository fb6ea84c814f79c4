package dev.thresher.network;

import java.util.List;
import java.util.Optional;

/**
 * One operator of a graph with the activation that follows it; its output tensor carries the node's
 * name.
 *
 * @param name unique in the graph; also the name of the output tensor
 * @param operator what is computed
 * @param activation the clamp applied to the operator's result
 * @param inputs names of the tensors read: nodes, or the graph's input
 */
public record Node(String name, Operator operator, Activation activation, List<String> inputs) {
  /** Copies the list; refuses a wrong number of inputs. */
  public Node {
    inputs = List.copyOf(inputs);
    if (name.isBlank()) {
      throw new IllegalArgumentException("Cannot name a node with a blank string.");
    }
    if (inputs.size() != operator.arity()) {
      throw new IllegalArgumentException(
          "Cannot connect "
              + name
              + ": it has "
              + inputs.size()
              + " inputs, "
              + operator.kind()
              + " reads "
              + operator.arity()
              + ".");
    }
  }

  /** The operator, if it has weights. */
  public Optional<Linear> linear() {
    return Linear.of(operator);
  }

  /** The operator of a node that is known to have weights. */
  public Linear weighted() {
    return linear()
        .orElseThrow(
            () -> new IllegalArgumentException("Cannot find weights in %s.".formatted(name)));
  }

  /** The same node computing something else. */
  public Node withOperator(Operator other) {
    return new Node(name, other, activation, inputs);
  }
}
