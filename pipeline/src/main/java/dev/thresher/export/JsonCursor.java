package dev.thresher.export;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** An object of a document that refuses, with its place, what is missing, mistyped or unknown. */
final class JsonCursor {
  private final JsonNode node;
  private final String path;
  private final Set<String> read = new HashSet<>();

  JsonCursor(JsonNode node, String path) {
    this.node = node;
    this.path = path;
    if (!node.isObject()) {
      throw new ModelFormatException(
          "Cannot read " + path + ": an object is needed, found " + node.getNodeType() + ".");
    }
  }

  private String place(String name) {
    return path + "." + name;
  }

  private JsonNode field(String name) {
    read.add(name);
    JsonNode value = node.get(name);
    if (value == null) {
      throw new ModelFormatException("Cannot read " + place(name) + ": it is missing.");
    }
    return value;
  }

  private ModelFormatException wrong(String place, String wanted, JsonNode found) {
    return new ModelFormatException(
        "Cannot read " + place + ": " + wanted + " is needed, found " + found + ".");
  }

  JsonCursor object(String name) {
    return new JsonCursor(field(name), place(name));
  }

  List<JsonCursor> objects(String name) {
    List<JsonCursor> objects = new ArrayList<>();
    for (JsonNode element : array(name)) {
      objects.add(new JsonCursor(element, place(name) + "[" + objects.size() + "]"));
    }
    return objects;
  }

  private JsonNode array(String name) {
    JsonNode value = field(name);
    if (!value.isArray()) {
      throw wrong(place(name), "an array", value);
    }
    return value;
  }

  String text(String name) {
    JsonNode value = field(name);
    if (!value.isTextual()) {
      throw wrong(place(name), "a text", value);
    }
    return value.textValue();
  }

  List<String> texts(String name) {
    List<String> texts = new ArrayList<>();
    for (JsonNode value : array(name)) {
      if (!value.isTextual()) {
        throw wrong(place(name) + "[" + texts.size() + "]", "a text", value);
      }
      texts.add(value.textValue());
    }
    return texts;
  }

  int integer(String name) {
    return integer(place(name), field(name));
  }

  private int integer(String place, JsonNode value) {
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw wrong(place, "a whole number of 32 bits", value);
    }
    return value.intValue();
  }

  /** An array of as many integers as said; any number for -1. */
  int[] integers(String name, int count) {
    JsonNode array = array(name);
    if (count >= 0 && array.size() != count) {
      throw wrong(place(name), "an array of " + count + " numbers", array);
    }
    int[] values = new int[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = integer(place(name) + "[" + i + "]", array.get(i));
    }
    return values;
  }

  float real(String name) {
    return real(place(name), field(name));
  }

  /** A float, or the value given where the field is null. */
  float real(String name, float absent) {
    JsonNode value = field(name);
    return value.isNull() ? absent : real(place(name), value);
  }

  private float real(String place, JsonNode value) {
    float real = value.isNumber() ? (float) value.doubleValue() : Float.NaN;
    if (!Float.isFinite(real) || real != value.doubleValue()) {
      throw wrong(place, "a number that a float32 holds exactly", value);
    }
    return real;
  }

  float[] reals(String name, int count) {
    JsonNode array = array(name);
    if (array.size() != count) {
      throw wrong(place(name), "an array of " + count + " numbers", array);
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = real(place(name) + "[" + i + "]", array.get(i));
    }
    return values;
  }

  SortedMap<String, String> textMap(String name) {
    JsonCursor object = object(name);
    SortedMap<String, String> map = new TreeMap<>();
    for (Iterator<String> names = object.node.fieldNames(); names.hasNext(); ) {
      String key = names.next();
      map.put(key, object.text(key));
    }
    return map;
  }

  SortedMap<String, Long> longMap(String name) {
    JsonCursor object = object(name);
    SortedMap<String, Long> map = new TreeMap<>();
    for (Iterator<String> names = object.node.fieldNames(); names.hasNext(); ) {
      String key = names.next();
      JsonNode value = object.field(key);
      if (!value.isIntegralNumber() || !value.canConvertToLong()) {
        throw wrong(object.place(key), "a whole number of 64 bits", value);
      }
      map.put(key, value.longValue());
    }
    return map;
  }

  /** Refuses a value other than the only one that this program understands. */
  void expect(String name, String wanted) {
    String found = text(name);
    if (!found.equals(wanted)) {
      throw new ModelFormatException(
          "Cannot read " + place(name) + ": it is '" + found + "', '" + wanted + "' is needed.");
    }
  }

  void expect(String name, int wanted) {
    int found = integer(name);
    if (found != wanted) {
      throw new ModelFormatException(
          "Cannot read " + place(name) + ": it is " + found + ", " + wanted + " is needed.");
    }
  }

  void expectFlag(String name, String wanted) {
    JsonNode value = field(name);
    if (!value.isBoolean() || !value.asText().equals(wanted)) {
      throw wrong(place(name), wanted, value);
    }
  }

  ModelFormatException refuse(String name, String why) {
    return new ModelFormatException("Cannot read " + place(name) + ": " + why);
  }

  /** Refuses fields that nobody asked for. */
  void finish() {
    for (Iterator<String> names = node.fieldNames(); names.hasNext(); ) {
      String name = names.next();
      if (!read.contains(name)) {
        throw new ModelFormatException(
            "Cannot read " + place(name) + ": version " + Format.VERSION + " has no such field.");
      }
    }
  }
}
