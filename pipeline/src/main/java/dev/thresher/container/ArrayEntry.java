package dev.thresher.container;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * Where one array lies.
 *
 * @param begin first byte, counted from the end of the header
 * @param end byte behind the last
 */
@SuppressWarnings("ArrayRecordComponent")
record ArrayEntry(String name, ElementType type, int[] shape, long begin, long end) {

  /** The entry of a header; refuses one that contradicts itself or leaves a gap. */
  static ArrayEntry of(ContainerKind kind, String name, JsonNode entry, long begin) {
    ElementType type = type(kind, name, entry.path("dtype").asText());
    JsonNode extents = entry.path("shape");
    int[] shape = new int[extents.size()];
    for (int i = 0; i < shape.length; i++) {
      if (!extents.path(i).isInt() || extents.path(i).asInt() < 0) {
        throw kind.refusal("the shape of array " + name + " has the extent " + extents.path(i));
      }
      shape[i] = extents.path(i).asInt();
    }
    long first = offset(entry, 0);
    long end = offset(entry, 1);
    if (first != begin || end - begin != bytes(kind, name, type, shape)) {
      throw kind.refusal(
          "array %s lies at %d to %d; its shape asks for %d bytes from %d."
              .formatted(name, first, end, bytes(kind, name, type, shape), begin));
    }
    return new ArrayEntry(name, type, shape, begin, end);
  }

  private static ElementType type(ContainerKind kind, String name, String text) {
    try {
      return ElementType.valueOf(text);
    } catch (IllegalArgumentException e) {
      throw kind.refusal("array " + name + " is of the unknown type '" + text + "'.", e);
    }
  }

  private static long offset(JsonNode entry, int index) {
    JsonNode offset = entry.path("data_offsets").path(index);
    return offset.isIntegralNumber() && offset.canConvertToLong() ? offset.asLong() : -1;
  }

  private static long bytes(ContainerKind kind, String name, ElementType type, int[] shape) {
    try {
      return type.bytes(shape);
    } catch (ArithmeticException e) {
      throw kind.refusal("array " + name + " has more elements than there can be.", e);
    }
  }
}
