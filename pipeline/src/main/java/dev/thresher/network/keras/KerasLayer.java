package dev.thresher.network.keras;

import dev.thresher.network.NetworkFormatException;
import java.util.ArrayList;
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

  /** [[[layer, node, tensor, arguments], ...]]: one call of the layer, its inputs in order. */
  private List<String> inbound(Object nodes) {
    List<String> names = new ArrayList<>();
    if (!(nodes instanceof List<?> calls) || calls.isEmpty()) {
      return names;
    }
    if (calls.size() != 1) {
      throw refuse("it is called " + calls.size() + " times; shared layers are not supported.");
    }
    if (!(calls.get(0) instanceof List<?> inputs)) {
      throw refuse("its inputs are written as Keras 3 does; save the model with Keras 2.");
    }
    for (Object input : inputs) {
      if (!(input instanceof List<?> reference)
          || reference.size() < 3
          || !(reference.get(0) instanceof String layer)
          || !reference.get(1).equals(0)
          || !reference.get(2).equals(0)) {
        throw refuse("its input " + input + " is not the one result of one layer.");
      }
      names.add(layer);
    }
    return names;
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
