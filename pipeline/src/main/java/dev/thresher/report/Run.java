package dev.thresher.report;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.thresher.store.ObjectRecord;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/** What a run left, read as far as it is there; every section of a report draws on it. */
final class Run {
  /** Key of the figures of a run. */
  static final String SUMMARY = "summary.json";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final RunObjects objects;
  private final JsonNode summary;
  private final Map<String, Table> tables = new HashMap<>();

  Run(RunObjects objects) {
    this.objects = objects;
    this.summary = json(SUMMARY);
  }

  RunObjects objects() {
    return objects;
  }

  /** {@code summary.json}; a missing node where the run has none. */
  JsonNode summary() {
    return summary;
  }

  /** A number of the summary, or empty for null and for what an older version did not write. */
  OptionalDouble figure(String field) {
    JsonNode value = summary.path(field);
    return value.isNumber() ? OptionalDouble.of(value.asDouble()) : OptionalDouble.empty();
  }

  /** A JSON document of the run; a missing node where there is none. */
  JsonNode json(String key) {
    Optional<byte[]> bytes = objects.read(key);
    if (bytes.isEmpty()) {
      return MissingNode.getInstance();
    }
    try {
      return JSON.readTree(bytes.get());
    } catch (IOException e) {
      throw new ReportException("Cannot read " + key + ": " + e.getMessage(), e);
    }
  }

  /** A text of the run, empty where there is none. */
  String text(String key) {
    return objects.read(key).map(bytes -> new String(bytes, StandardCharsets.UTF_8)).orElse("");
  }

  /** A table of {@code metrics/}; without rows where the run has none of this name. */
  Table table(String name) {
    return tables.computeIfAbsent(
        name,
        n -> objects.read(tableKey(n)).map(b -> Table.parse(b, tableKey(n))).orElse(Table.none()));
  }

  /** Whether the run wrote this table, with rows or without. */
  boolean hasTable(String name) {
    return objects.records().stream().anyMatch(record -> record.name().equals(tableKey(name)));
  }

  private static String tableKey(String name) {
    return "metrics/" + name + ".parquet";
  }

  /** The size in bytes of the first of these objects that the run has. */
  OptionalLong size(List<String> keys) {
    return keys.stream()
        .flatMap(key -> objects.records().stream().filter(record -> record.name().equals(key)))
        .mapToLong(ObjectRecord::size)
        .findFirst();
  }

  /**
   * The order of execution before a name: {@code 3 features.0.conv}; of several the first one's.
   */
  String layer(String tensor) {
    String first = tensor.split(" ", 2)[0];
    return table("layers")
        .rows()
        .filter(row -> row.text("tensor").equals(tensor) || row.text("tensor").equals(first))
        .map(row -> row.count("index") + " " + tensor)
        .findFirst()
        .orElse(tensor);
  }

  /** Whether thresholds were trained. */
  boolean isTrained() {
    return figure("rounds").orElse(0) > 0;
  }
}
