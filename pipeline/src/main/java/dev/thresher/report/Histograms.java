package dev.thresher.report;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.thresher.report.Figure.Grid;
import dev.thresher.report.Figure.GridRow;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Distributions of weights and activations with the thresholds that cut them. */
final class Histograms {
  private Histograms() {}

  /**
   * One distribution.
   *
   * @param name of the layer and what of it
   * @param low left end of the first bin
   * @param width of every bin
   * @param counts of the bins
   * @param before representable range before training, left and right end
   * @param after the same after training
   */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  record Distribution(
      String name, double low, double width, List<Long> counts, Ends before, Ends after) {
    /** Values counted. */
    long total() {
      return counts.stream().mapToLong(Long::longValue).sum();
    }

    double high() {
      return low + width * counts.size();
    }

    /** Share of values in bins whose middle is beyond the ends, 0 to 1. */
    double cut() {
      long beyond = 0;
      for (int i = 0; i < counts.size() && after != null; i++) {
        double middle = low + width * (i + 0.5);
        beyond += middle < after.left() || middle > after.right() ? counts.get(i) : 0;
      }
      return total() == 0 ? 0 : (double) beyond / total();
    }
  }

  /** Ends of a representable range. */
  record Ends(double left, double right) {}

  /** All distributions of a run, activations first within a layer. */
  static List<Distribution> all(Run run) {
    Map<String, List<Table.Row>> bins = new LinkedHashMap<>();
    run.table("histograms")
        .rows()
        .forEach(row -> bins.computeIfAbsent(key(row), k -> new ArrayList<>()).add(row));
    Map<String, LayerThresholds> thresholds = new LinkedHashMap<>();
    for (String kind : List.of("weights", "activation")) {
      LayerThresholds.all(run, kind).forEach(t -> thresholds.put(t.layer() + kind, t));
    }
    List<Distribution> all = new ArrayList<>();
    bins.forEach((key, rows) -> all.add(of(rows, Optional.ofNullable(thresholds.get(key)))));
    return all;
  }

  private static String key(Table.Row row) {
    return row.count("layer") + row.text("of");
  }

  private static Distribution of(List<Table.Row> rows, Optional<LayerThresholds> thresholds) {
    Table.Row first = rows.get(0);
    double low = first.real("low").orElse(0);
    String kind = first.text("of").equals("weights") ? "weights" : "activation";
    return new Distribution(
        "%d %s: %s".formatted(first.count("layer"), first.text("tensor"), kind),
        low,
        first.real("high").orElse(low + 1) - low,
        rows.stream().map(row -> row.count("count")).toList(),
        thresholds.map(t -> ends(t, "before")).orElse(null),
        thresholds.map(t -> ends(t, "after")).orElse(null));
  }

  /** The widest range of all filters. */
  private static Ends ends(LayerThresholds thresholds, String when) {
    return new Ends(thresholds.least("min_" + when), thresholds.greatest("max_" + when));
  }

  /** Every distribution in one line. */
  static Grid grid(List<Distribution> all) {
    List<GridRow> rows =
        all.stream()
            .map(
                d ->
                    GridRow.of(
                        d.name(),
                        Wording.count(d.total()),
                        Wording.real(d.low()) + " to " + Wording.real(d.high()),
                        range(d.before()),
                        range(d.after()),
                        "%.3f %%".formatted(100 * d.cut())))
            .toList();
    return Grid.of(
        "Distributions; of weights the widest range over the filters",
        List.of("tensor", "values", "lie in", "range before", "range after", "cut off, about"),
        rows,
        "metrics/histograms");
  }

  private static String range(Ends ends) {
    return ends == null
        ? Wording.ABSENT
        : Wording.real(ends.left()) + " to " + Wording.real(ends.right());
  }
}
