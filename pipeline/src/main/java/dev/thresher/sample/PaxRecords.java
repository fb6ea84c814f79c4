package dev.thresher.sample;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What a pax header says of the member behind it: lines {@code length keyword=value} (POSIX pax,
 * Extended Header). Only name, size and holes count; times and owners are passed over unread.
 */
record PaxRecords(Map<String, String> values) {
  private static final String PATH = "path";
  private static final String SIZE = "size";

  /** GNU tar calls the file of a member with holes so, and the member itself otherwise. */
  private static final String SPARSE = "GNU.sparse.";

  private static final String SPARSE_NAME = "GNU.sparse.name";

  static PaxRecords none() {
    return new PaxRecords(Map.of());
  }

  /** Empty where the bytes are no such lines. */
  static Optional<PaxRecords> parse(byte[] header) {
    Map<String, String> values = new HashMap<>();
    int at = 0;
    while (at < header.length && header[at] != 0) {
      int blank = indexOf(header, ' ', at);
      String digits = blank < 0 ? "" : new String(header, at, blank - at, StandardCharsets.UTF_8);
      int length = digits.matches("\\d{1,8}") ? Integer.parseInt(digits) : 0;
      int end = at + length - 1;
      int equals = indexOf(header, '=', at);
      boolean isLine =
          end < header.length && end > blank && equals > blank && equals < end && header[end] == 10;
      if (!isLine) {
        return Optional.empty();
      }
      String key = new String(header, blank + 1, equals - blank - 1, StandardCharsets.UTF_8);
      if (key.equals(PATH) || key.equals(SIZE) || key.startsWith(SPARSE)) {
        values.put(key, new String(header, equals + 1, end - equals - 1, StandardCharsets.UTF_8));
      }
      at = end + 1;
    }
    return Optional.of(new PaxRecords(values));
  }

  private static int indexOf(byte[] bytes, char wanted, int from) {
    for (int i = from; i < bytes.length; i++) {
      if (bytes[i] == wanted) {
        return i;
      }
    }
    return -1;
  }

  /** These, and of the others what these do not say. */
  PaxRecords over(PaxRecords others) {
    Map<String, String> all = new HashMap<>(others.values);
    all.putAll(values);
    return new PaxRecords(all);
  }

  Optional<String> name() {
    return Optional.ofNullable(values.getOrDefault(SPARSE_NAME, values.get(PATH)));
  }

  /** As text, which need not be a number. */
  Optional<String> size() {
    return Optional.ofNullable(values.get(SIZE));
  }

  boolean saysSparse() {
    return values.keySet().stream().anyMatch(key -> key.startsWith(SPARSE));
  }
}
