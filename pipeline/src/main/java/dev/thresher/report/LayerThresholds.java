package dev.thresher.report;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.ToDoubleFunction;

/**
 * The quantizers of one layer's weights, or of its activation, taken together.
 *
 * @param layer index
 * @param tensor name
 * @param quantizers all of them: one for each filter, or one
 */
record LayerThresholds(long layer, String tensor, List<Table.Row> quantizers) {
  /** One for each layer that has quantizers of this kind, in the order of the table. */
  static List<LayerThresholds> all(Run run, String kind) {
    Map<Long, List<Table.Row>> byLayer = new LinkedHashMap<>();
    run.table("thresholds")
        .rows()
        .filter(row -> row.text("of").equals(kind))
        .forEach(
            row -> byLayer.computeIfAbsent(row.count("layer"), l -> new ArrayList<>()).add(row));
    List<LayerThresholds> all = new ArrayList<>();
    byLayer.forEach(
        (layer, rows) -> all.add(new LayerThresholds(layer, rows.get(0).text("tensor"), rows)));
    return all;
  }

  /** Mean over the quantizers that have a value; NaN where none has. */
  double mean(String column) {
    return quantizers.stream()
        .map(row -> row.real(column))
        .filter(OptionalDouble::isPresent)
        .mapToDouble(OptionalDouble::getAsDouble)
        .average()
        .orElse(Double.NaN);
  }

  double least(String column) {
    return values(column).min().orElse(Double.NaN);
  }

  double greatest(String column) {
    return values(column).max().orElse(Double.NaN);
  }

  private java.util.stream.DoubleStream values(String column) {
    return quantizers.stream()
        .map(row -> row.real(column))
        .filter(OptionalDouble::isPresent)
        .mapToDouble(OptionalDouble::getAsDouble);
  }

  /** Quantizers whose scale stands at this limit. */
  long at(String limit) {
    return quantizers.stream().filter(row -> row.text("at_limit").equals(limit)).count();
  }

  /** Quantizers whose scale stands at this limit, in percent. */
  double percentAt(String limit) {
    return 100.0 * at(limit) / quantizers.size();
  }

  /** A value of every layer. */
  static java.util.stream.DoubleStream of(
      List<LayerThresholds> layers, ToDoubleFunction<LayerThresholds> value) {
    return layers.stream().mapToDouble(value);
  }
}
