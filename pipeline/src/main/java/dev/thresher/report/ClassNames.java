package dev.thresher.report;

import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/** Names of the network's outputs, as far as the run knows them. */
final class ClassNames {
  private final Map<Long, String> names;

  private ClassNames(Map<Long, String> names) {
    this.names = names;
  }

  static ClassNames of(Run run) {
    return new ClassNames(
        run.table("classes")
            .rows()
            .collect(Collectors.toMap(row -> row.count("class"), ClassNames::name, (a, b) -> a)));
  }

  /** Of a row of the table of classes. */
  static String name(Table.Row row) {
    String name = row.text("name");
    return name.isEmpty() ? numbered(row.count("class")) : name;
  }

  /** The name of a class, or its number. */
  String name(OptionalLong index) {
    return index.isEmpty()
        ? "not known"
        : names.getOrDefault(index.getAsLong(), numbered(index.getAsLong()));
  }

  private static String numbered(long index) {
    return "class " + index;
  }
}
