package dev.thresher.network.keras;

import dev.thresher.network.NetworkFormatException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One layer of a Keras configuration.
 *
 * @param model name of the file, for messages
 * @param name of the layer
 * @param type its class name
 * @param config its settings
 * @param inputs names of the layers it reads
 */
record KerasLayer(String model, String name, String type, Map<?, ?> config, List<String> inputs) {
  /** Largest extent, stride or padding that is believed. */
  static final int LARGEST_EXTENT = 1 << 15;

  /** Parses one entry of the layers; in a sequential model it reads the layer before. */
  static KerasLayer of(String model, Map<?, ?> entry, Optional<String> previous) {
    Map<?, ?> config = entry.get("config") instanceof Map<?, ?> map ? map : Map.of();
    String type = String.valueOf(entry.get("class_name"));
    Object name = config.get("name") != null ? config.get("name") : entry.get("name");
    KerasLayer bare = new KerasLayer(model, String.valueOf(name), type, config, List.of());
    List<String> inputs =
        previous.isPresent() ? List.of(previous.get()) : bare.inbound(entry.get("inbound_nodes"));
    return new KerasLayer(model, bare.name, type, config, inputs);
  }

  /**
   * The inputs of the layer's one call: Keras 2 writes {@code [[[layer, node, tensor, arguments],
   * ...]]}, Keras 3 a map of arguments in which each tensor carries such a reference.
   */
  private List<String> inbound(Object nodes) {
    if (!(nodes instanceof List<?> calls) || calls.isEmpty()) {
      return List.of();
    }
    if (calls.size() != 1) {
      throw refuse("it is called " + calls.size() + " times; shared layers are not supported.");
    }
    Object call = calls.get(0);
    List<?> references = call instanceof Map<?, ?> arguments ? tensors(arguments) : list(call);
    return references.stream().map(this::source).toList();
  }

  private static List<?> list(Object value) {
    return value instanceof List<?> list ? list : List.of();
  }

  /** The tensors are the first argument, alone or in a list; other arguments carry none. */
  private List<?> tensors(Map<?, ?> arguments) {
    List<?> given = list(arguments.get("args"));
    boolean more =
        arguments.get("kwargs") instanceof Map<?, ?> named
            && named.values().stream()
                .anyMatch(value -> value instanceof Map || value instanceof List);
    if (given.size() != 1 || more) {
      throw refuse("it is called with more than its inputs: " + arguments + ".");
    }
    return given.get(0) instanceof List<?> several ? several : given;
  }

  private String source(Object input) {
    Object reference =
        input instanceof Map<?, ?> tensor && tensor.get("config") instanceof Map<?, ?> history
            ? history.get("keras_history")
            : input;
    if (reference instanceof List<?> parts
        && parts.size() >= 3
        && parts.get(0) instanceof String layer
        && Integer.valueOf(0).equals(parts.get(1))
        && Integer.valueOf(0).equals(parts.get(2))) {
      return layer;
    }
    throw refuse("its input " + input + " is not the one result of one layer.");
  }

  /** Two extents, [rows, columns]; Keras also writes one number for both. */
  int[] pair(String key, int least) {
    Object value = config.get(key);
    List<?> numbers =
        value instanceof List<?> list
            ? list
            : value == null ? List.of(least, least) : List.of(value, value);
    return numbers(key, numbers, least);
  }

  /** Two whole numbers of a list. */
  int[] numbers(String key, List<?> values, int least) {
    int[] result = new int[2];
    for (int i = 0; i < 2; i++) {
      if (values.size() != 2
          || !(values.get(i) instanceof Integer n)
          || n < least
          || n > LARGEST_EXTENT) {
        throw refuse(
            key
                + " = "
                + config.get(key)
                + " must be two numbers from "
                + least
                + " to "
                + LARGEST_EXTENT
                + ".");
      }
      result[i] = n;
    }
    return result;
  }

  double number(String key, double otherwise) {
    Object value = config.get(key);
    if (value == null) {
      return otherwise;
    }
    if (value instanceof Number number) {
      return number.doubleValue();
    }
    throw refuse(key + " = " + value + " must be a number.");
  }

  /** False only where the file says so. */
  boolean isNotFalse(String key) {
    return !Boolean.FALSE.equals(config.get(key));
  }

  String text(String key, String otherwise) {
    Object value = config.get(key);
    return value == null ? otherwise : value.toString();
  }

  NetworkFormatException refuse(String reason) {
    return new NetworkFormatException(
        "Cannot import " + model + ": layer " + name + " (" + type + ") cannot be used: " + reason);
  }
}
