package dev.thresher.export.tflite;

import java.util.List;

/**
 * One operator of an int8 network.
 *
 * @param operator what is computed
 * @param inputs names of the activations read
 * @param output name of the activation written
 */
public record Int8Node(Int8Operator operator, List<String> inputs, String output) {
  /** Copies the list. */
  public Int8Node {
    inputs = List.copyOf(inputs);
  }
}
