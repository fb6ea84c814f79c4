package dev.thresher.report;

import static dev.thresher.report.Chart.Mark.BAR;
import static dev.thresher.report.Chart.Mark.DOT;
import static dev.thresher.report.Chart.Mark.LINE;
import static dev.thresher.report.Chart.Tone.AFTER;
import static dev.thresher.report.Chart.Tone.BEFORE;

import dev.thresher.report.Figure.Grid;
import dev.thresher.report.Figure.GridRow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/** Which layers carry the error, and which would repay being left in float. */
final class LayerSection {
  private static final String ID = "layers";
  private static final String TITLE = "Layers: error and sensitivity";
  private static final int MOST_SENSITIVE = 20;

  private LayerSection() {}

  static Section of(Run run) {
    List<Table.Row> layers = run.table("layers").rows().toList();
    if (layers.isEmpty()) {
      return Section.without(ID, TITLE, "layers");
    }
    List<Figure> figures = new ArrayList<>();
    figures.add(errors(layers));
    List<Table.Row> sensitive =
        layers.stream()
            .filter(row -> row.real("gain_db").isPresent())
            .filter(row -> Double.isFinite(row.real("gain_db").getAsDouble()))
            .filter(row -> row.real("gain_db").getAsDouble() > 0)
            .sorted(Comparator.comparingDouble(row -> -row.real("gain_db").getAsDouble()))
            .limit(MOST_SENSITIVE)
            .toList();
    List<String> text = new ArrayList<>();
    text.add(
        "SQNR compares a signal with the error that quantizing adds to it, in decibels: 20 dB is an error of a tenth, 40 dB of a hundredth. More is better.");
    if (sensitive.isEmpty()) {
      text.add(
          layers.stream().anyMatch(row -> row.real("gain_db").isPresent())
              ? "No single layer would repay being left in float."
              : "The sensitivity of single layers was not measured in this run.");
    } else {
      figures.add(0, gains(sensitive));
    }
    return new Section(ID, TITLE, text, figures, List.of());
  }

  private static Figure gains(List<Table.Row> sensitive) {
    List<Chart.Series> series =
        List.of(
            Chart.series(
                "gain",
                BAR,
                AFTER,
                sensitive.stream().mapToDouble(r -> r.real("gain_db").orElse(0))));
    Table.Row first = sensitive.get(0);
    return new Figure(
        "gains",
        "The most sensitive layers",
        "What the logits would gain if one layer alone were left in float. Most in %s: %s."
            .formatted(label(first), Wording.decibels(first.real("gain_db"))),
        Chart.lying(labels(sensitive), Chart.linear("gain of the logits' SQNR, dB"), series),
        List.of(
            Grid.of(
                "At most %d layers, by gain. Only: SQNR of the logits with this layer alone quantized; all but: with every other one"
                    .formatted(MOST_SENSITIVE),
                List.of("layer", "kind", "only", "all but", "gain"),
                sensitive.stream()
                    .map(
                        row ->
                            GridRow.of(
                                label(row),
                                row.text("kind"),
                                Wording.decibels(row.real("only_sqnr_db")),
                                Wording.decibels(row.real("all_but_sqnr_db")),
                                Wording.decibels(row.real("gain_db"))))
                    .toList(),
                "metrics/layers")));
  }

  private static Figure errors(List<Table.Row> layers) {
    List<Chart.Series> series =
        List.of(
            Chart.series(
                "activation", LINE, AFTER, layers.stream().mapToDouble(r -> sqnr(r, "sqnr_db"))),
            Chart.series(
                "weights",
                DOT,
                BEFORE,
                layers.stream().mapToDouble(r -> sqnr(r, "weight_sqnr_db"))));
    return new Figure(
        "errors",
        "SQNR of every layer",
        lowest(layers),
        Chart.standing("layer", labels(layers), Chart.linear("SQNR, dB"), series, List.of()),
        List.of(
            Grid.of(
                "Layers in the order of execution; the error of an activation includes that of all layers before it",
                List.of("layer", "kind", "SQNR", "SQNR of weights", "filters", "weights"),
                layers.stream()
                    .map(
                        row ->
                            GridRow.of(
                                label(row),
                                row.text("kind"),
                                Wording.decibels(row.real("sqnr_db")),
                                Wording.decibels(row.real("weight_sqnr_db")),
                                Wording.count(row.integer("filters")),
                                Wording.count(row.integer("weights"))))
                    .toList(),
                "metrics/layers")));
  }

  private static double sqnr(Table.Row row, String column) {
    return row.real(column).orElse(Double.NaN);
  }

  private static String lowest(List<Table.Row> layers) {
    Optional<Table.Row> lowest =
        layers.stream()
            .filter(row -> row.real("sqnr_db").isPresent())
            .min(Comparator.comparingDouble(row -> row.real("sqnr_db").getAsDouble()));
    if (lowest.isEmpty()) {
      return "The error of the activations was not measured.";
    }
    OptionalDouble last = layers.get(layers.size() - 1).real("sqnr_db");
    return "The noisiest activation is %s with %s; the logits have %s."
        .formatted(
            label(lowest.get()),
            Wording.decibels(lowest.get().real("sqnr_db")),
            Wording.decibels(last));
  }

  private static List<String> labels(List<Table.Row> layers) {
    return layers.stream().map(LayerSection::label).toList();
  }

  private static String label(Table.Row row) {
    return row.count("index") + " " + row.text("tensor");
  }
}
