package dev.thresher.report;

import static dev.thresher.report.Chart.Mark.DOT;
import static dev.thresher.report.Chart.Tone.AFTER;
import static dev.thresher.report.Chart.Tone.BEFORE;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thresher.report.Figure.Grid;
import dev.thresher.report.Figure.GridRow;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;

/** How far the filters of each balanced layer were apart, before and after. */
final class RescalingSection {
  private static final String ID = "rescaling";
  private static final String TITLE = "Rescaling";

  private RescalingSection() {}

  static Section of(Run run) {
    if (!run.hasTable("rescaling")) {
      return Section.without(ID, TITLE, "rescaling");
    }
    List<Table.Row> pairs = run.table("rescaling").rows().toList();
    if (pairs.isEmpty()) {
      return Section.saying(
          ID,
          TITLE,
          "No layers were rescaled: rescale.scope says so, or the network has no pair of layers between which a factor could move.");
    }
    long channels = pairs.stream().mapToLong(row -> row.count("channels")).sum();
    long locked = pairs.stream().mapToLong(row -> row.count("locked")).sum();
    return new Section(
        ID,
        TITLE,
        text(run, channels, locked),
        List.of(figure(run, pairs)),
        reasons(run).stream().toList());
  }

  private static List<String> text(Run run, long channels, long locked) {
    List<String> text = new ArrayList<>();
    text.add(
        "Rescaling multiplies each channel of a layer by a factor and divides the next layer's by it: the float outputs stay, and filters of unequal range come closer to one another.");
    long fitted = 0;
    for (JsonNode group : groups(run)) {
      fitted += group.path("fitted").asLong();
    }
    long reach = locked + fitted;
    String reached =
        "Of %s %s the upper bound of their activation (ReLU6), which a factor would move, or belong to a tensor that must stay as it is"
            .formatted(
                Wording.count(channels, "channel"),
                reach == 1 ? "1 reaches" : Wording.count(reach) + " reach");
    text.add(
        fitted == 0
            ? reached + ", so they keep their scale."
            : reached
                + ". %s of them were scaled all the same, because rounding gains more than that costs; the layers that read them were fitted to what the bound makes of it."
                    .formatted(Wording.count(fitted)));
    if (!groups(run).isEmpty()) {
      text.add("Biases take up what this and rounding add to the mean of each channel.");
    }
    return text;
  }

  private static JsonNode groups(Run run) {
    return run.json("calibrate/rescale.json").path("groups");
  }

  private static Figure figure(Run run, List<Table.Row> pairs) {
    List<String> labels = pairs.stream().map(row -> run.layer(row.text("first"))).toList();
    List<Chart.Series> series =
        List.of(
            Chart.series("before", DOT, BEFORE, values(pairs, "spread_before")),
            Chart.series("after", DOT, AFTER, values(pairs, "spread_after")));
    String sentence =
        "The greatest filter range over the least one, middle of all pairs: %s before, %s after."
            .formatted(
                Wording.real(median(values(pairs, "spread_before"))),
                Wording.real(median(values(pairs, "spread_after"))));
    return new Figure(
        "spreads",
        "Spread of filter ranges before and after",
        sentence,
        Chart.standing(
            "layer",
            labels,
            Chart.logarithmic("greatest / least filter range"),
            series,
            List.of(new Chart.Line("balanced", 1))),
        List.of(grid(pairs)));
  }

  /** Tensors none of whose channels may be scaled, and why, as calibration reports them. */
  private static Optional<Grid> reasons(Run run) {
    List<GridRow> rows = new ArrayList<>();
    for (JsonNode group : groups(run)) {
      String reason = group.path("locked_because").asText("none");
      if (!reason.equals("none")) {
        rows.add(
            GridRow.of(
                names(group.path("producers")) + " → " + names(group.path("consumers")),
                Wording.count(group.path("channels").asLong()),
                inWords(reason)));
      }
    }
    return rows.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Grid.of(
                "Tensors that keep their scale as a whole",
                List.of("between", "channels", "why"),
                rows,
                "calibrate/rescale.json"));
  }

  private static String inWords(String reason) {
    return switch (reason) {
      case "network-input" -> "holds the images, whose scale is given";
      case "network-output" -> "holds the logits, whose scale is wanted";
      case "lower-bound" -> "its activation cuts elsewhere than at zero";
      default -> reason;
    };
  }

  private static String names(JsonNode layers) {
    List<String> names = new ArrayList<>();
    layers.forEach(layer -> names.add(layer.asText()));
    return String.join(" ", names);
  }

  private static DoubleStream values(List<Table.Row> pairs, String column) {
    return pairs.stream().mapToDouble(row -> row.real(column).orElse(Double.NaN));
  }

  private static double median(DoubleStream values) {
    double[] sorted = values.filter(Double::isFinite).sorted().toArray();
    return sorted.length == 0 ? Double.NaN : sorted[sorted.length / 2];
  }

  private static Grid grid(List<Table.Row> pairs) {
    List<GridRow> rows =
        pairs.stream()
            .map(
                row ->
                    GridRow.of(
                        row.text("first") + " → " + row.text("second"),
                        Wording.count(row.integer("channels")),
                        Wording.count(row.integer("locked")),
                        Wording.count(row.integer("limited")),
                        Wording.count(row.integer("zero")),
                        Wording.real(row.real("spread_before")),
                        Wording.real(row.real("spread_after"))))
            .toList();
    return Grid.of(
        "Rescaled pairs. Locked: at the activation's bound; limited: scaled less than wanted, so as not to reach it; zero: nothing to scale",
        List.of("pair", "channels", "locked", "limited", "zero", "spread before", "after"),
        rows,
        "metrics/rescaling");
  }
}
