package dev.thresher.network.keras;

import dev.thresher.network.NetworkFormatException;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * One layer of a Keras configuration.
 *
 * @param model name of the file, for messages
 * @param place where it stands
 * @param type its class name
 * @param config its settings
 * @param call what it is called with
 */
record KerasLayer(String model, KerasPlace place, String type, Map<?, ?> config, KerasCall call) {
  /** Largest extent, stride or padding that is believed. */
  static final int LARGEST_EXTENT = 1 << 15;

  /** A name that no other layer of the file has. */
  String name() {
    return place.name();
  }

  /** Names of the layers that it reads. */
  List<String> inputs() {
    return call.inputs();
  }

  /** The same layer, whose inputs have other names. */
  KerasLayer reading(UnaryOperator<String> names) {
    return new KerasLayer(model, place, type, config, call.reading(names));
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
        "Cannot import "
            + model
            + ": layer "
            + name()
            + " ("
            + type
            + ") cannot be used: "
            + reason);
  }
}
