package dev.thresher.network.keras;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The one call of a layer or of an operation.
 *
 * @param inputs names of the layers whose results it reads, in order
 * @param number the number beside its only input, as in {@code x / 127.5}
 * @param numberFirst whether the number stands before the input
 */
record KerasCall(List<String> inputs, Optional<Double> number, boolean numberFirst) {
  /** Of an input layer. */
  static final KerasCall NONE = of(List.of());

  KerasCall {
    inputs = List.copyOf(inputs);
  }

  static KerasCall of(List<String> inputs) {
    return new KerasCall(inputs, Optional.empty(), false);
  }

  KerasCall reading(UnaryOperator<String> names) {
    return new KerasCall(inputs.stream().map(names).toList(), number, numberFirst);
  }

  /**
   * Parses the calls of an entry. Keras 2 writes {@code [[[layer, node, tensor, arguments], ...]]},
   * Keras 3 a map of arguments in which each tensor carries such a reference.
   *
   * @throws IllegalArgumentException saying which call cannot be used
   */
  static KerasCall parse(Object nodes) {
    if (!(nodes instanceof List<?> calls) || calls.isEmpty()) {
      return NONE;
    }
    if (calls.size() != 1) {
      throw new IllegalArgumentException(
          "it is called " + calls.size() + " times; shared layers are not supported.");
    }
    return calls.get(0) instanceof Map<?, ?> arguments ? keras3(arguments) : keras2(calls.get(0));
  }

  private static KerasCall keras2(Object call) {
    List<String> inputs = new ArrayList<>();
    Optional<Double> number = Optional.empty();
    // An operation of one tensor is written without the second list.
    List<?> references = call instanceof List<?> list ? list : List.of();
    boolean bare = !references.isEmpty() && references.get(0) instanceof String;
    for (Object reference : bare ? List.of(references) : references) {
      inputs.add(source(reference));
      if (reference instanceof List<?> parts
          && parts.size() > 3
          && parts.get(3) instanceof Map<?, ?> more) {
        number = number.or(() -> number(more.get("y")));
      }
    }
    return new KerasCall(inputs, number, false);
  }

  /** The tensors are the first argument, alone or in a list; a number may stand beside them. */
  private static KerasCall keras3(Map<?, ?> arguments) {
    List<Object> given = new ArrayList<>();
    if (arguments.get("args") instanceof List<?> args) {
      given.addAll(args);
    }
    boolean more =
        arguments.get("kwargs") instanceof Map<?, ?> named
            && named.values().stream()
                .anyMatch(value -> value instanceof Map || value instanceof List);
    Optional<Double> number = Optional.empty();
    boolean first = false;
    if (given.size() == 2) {
      first = number(given.get(0)).isPresent();
      number = number(given.get(first ? 0 : 1));
      number.ifPresent(found -> given.remove(number(given.get(0)).isPresent() ? 0 : 1));
    }
    if (more || given.isEmpty() || given.size() > 2 || (given.size() == 2 && !areTensors(given))) {
      throw new IllegalArgumentException(
          "it is called with more than its inputs: " + arguments + ".");
    }
    List<?> tensors =
        given.size() == 1 && given.get(0) instanceof List<?> several ? several : given;
    return new KerasCall(tensors.stream().map(KerasCall::source).toList(), number, first);
  }

  private static boolean areTensors(List<Object> given) {
    return given.stream().allMatch(argument -> argument instanceof Map);
  }

  private static Optional<Double> number(Object value) {
    return value instanceof Number number ? Optional.of(number.doubleValue()) : Optional.empty();
  }

  /** The layer is called once, so whichever of its calls is meant is that one. */
  private static String source(Object input) {
    Object reference =
        input instanceof Map<?, ?> tensor && tensor.get("config") instanceof Map<?, ?> history
            ? history.get("keras_history")
            : input;
    if (reference instanceof List<?> parts
        && parts.size() >= 3
        && parts.get(0) instanceof String layer
        && parts.get(1) instanceof Integer
        && Integer.valueOf(0).equals(parts.get(2))) {
      return layer;
    }
    throw new IllegalArgumentException(
        "its input " + input + " is not the one result of one layer.");
  }
}
