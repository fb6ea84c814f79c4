package dev.thresher.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * Names of the network's outputs, as far as the run knows them: what the labels file calls them,
 * else the class by which images are sorted, else the number.
 */
final class ClassNames {
  /** What the labels file calls the classes, an array in the order of their indices. */
  static final String TITLES = "sample/classes.json";

  private final Map<Long, String> names;
  private final JsonNode titles;

  private ClassNames(Map<Long, String> names, JsonNode titles) {
    this.names = names;
    this.titles = titles;
  }

  static ClassNames of(Run run) {
    Map<Long, String> names =
        run.table("classes")
            .rows()
            .filter(row -> !row.text("name").isEmpty())
            .collect(
                Collectors.toMap(row -> row.count("class"), row -> row.text("name"), (a, b) -> a));
    return new ClassNames(names, run.json(TITLES));
  }

  /** The name of a class. */
  String name(long index) {
    String title = titles.path(Math.toIntExact(index)).asText("");
    return title.isEmpty() ? names.getOrDefault(index, "class " + index) : title;
  }

  /** The name of a class that may be unknown. */
  String name(OptionalLong index) {
    return index.isEmpty() ? "not known" : name(index.getAsLong());
  }
}
