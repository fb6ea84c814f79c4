package dev.thresher.report;

import static dev.thresher.report.Chart.Mark.DOT;
import static dev.thresher.report.Chart.Tone.AFTER;

import com.fasterxml.jackson.databind.JsonNode;
import dev.thresher.report.Figure.Grid;
import dev.thresher.report.Figure.GridRow;
import dev.thresher.report.Network.Interval;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** How often each network is right, and where the quantized one loses. */
final class AccuracySection {
  private static final String ID = "accuracy";
  private static final String TITLE = "Accuracy and drop";
  private static final int WORST_CLASSES = 15;

  private AccuracySection() {}

  static Section of(Run run) {
    List<Network> all = Network.all(run);
    if (all.isEmpty()) {
      return Section.saying(ID, TITLE, "This run is not evaluated.");
    }
    boolean labelled = all.stream().anyMatch(network -> network.top1().isKnown());
    List<String> text = new ArrayList<>();
    text.add(
        labelled
            ? "Top-1 is the share of images whose right class comes first, Top-5 among the first five. A drop counts the images that changed sides, so its interval is narrower than that of two accuracies."
            : "The images came without labels, so there is no accuracy; the networks are compared with the float network's own answers.");
    if (run.isTrained()) {
      text.add("Untrained and trained are the quantized network before and after training.");
    }
    sides(all).ifPresent(text::add);
    device(run).ifPresent(text::add);
    List<Network> quantized =
        all.stream().filter(network -> !network.name().equals("float")).toList();
    List<Figure> figures = new ArrayList<>();
    if (labelled) {
      figures.add(
          figure(
              run,
              "top1",
              "Top-1 of each network",
              "Top-1, percent",
              all,
              Network::top1,
              List.of(grid(run, all))));
    }
    figures.add(
        figure(
            run,
            "agreement",
            "Agreement with the float network",
            "same first class, percent",
            quantized,
            Network::agreement,
            labelled ? List.of() : List.of(grid(run, all))));
    return new Section(ID, TITLE, text, figures, classes(run).stream().toList());
  }

  private static Optional<String> sides(List<Network> all) {
    return Network.find(all, "quantized")
        .filter(network -> network.lost().isPresent() && network.top1().isKnown())
        .map(
            network ->
                "%s the float network has right and the quantized one wrong, %s the other way round%s."
                    .formatted(
                        Wording.count(network.lost().getAsLong(), "image"),
                        Wording.count(network.gained()),
                        network.pValue().isPresent()
                            ? " (exact McNemar test: p = %s)"
                                .formatted(Wording.real(network.pValue()))
                            : ""));
  }

  /** What fixed-point kernels compute of the same integers, where the run studied it. */
  private static Optional<String> device(Run run) {
    JsonNode device = run.summary().path("device");
    if (device.path("images").asLong() == 0) {
      return Optional.empty();
    }
    String right =
        device.path("top1").isNumber()
            ? " Top-1 is %s there, %s in this evaluation."
                .formatted(percent(device.path("top1")), percent(device.path("quantized_top1")))
            : "";
    return Optional.of(
        "On a device with fixed-point kernels, computed for %s: the same first class as in this evaluation in %s, as the float network in %s.%s"
            .formatted(
                Wording.count(device.path("images").asLong(), "image"),
                percent(device.path("same_class")),
                percent(device.path("agreement")),
                right));
  }

  private static String percent(JsonNode value) {
    return Wording.percent(
        value.isNumber() ? OptionalDouble.of(value.asDouble()) : OptionalDouble.empty());
  }

  private static Figure figure(
      Run run,
      String id,
      String title,
      String axis,
      List<Network> networks,
      Function<Network, Interval> figure,
      List<Grid> grids) {
    List<Chart.Series> series = new ArrayList<>();
    if (networks.stream().anyMatch(network -> figure.apply(network).hasEnds())) {
      series.add(
          Chart.range(
              "95 % interval",
              AFTER,
              values(networks, figure.andThen(Interval::low)),
              values(networks, figure.andThen(Interval::high))));
    }
    series.add(
        Chart.series("measured", DOT, AFTER, values(networks, figure.andThen(Interval::value))));
    List<String> labels = networks.stream().map(network -> network.label(run)).toList();
    List<String> said =
        networks.stream()
            .map(network -> network.label(run) + " " + figure.apply(network).percent())
            .toList();
    return new Figure(
        id,
        title,
        String.join("; ", said) + ".",
        Chart.lying(labels, Chart.linear(axis), series),
        grids);
  }

  private static DoubleStream values(
      List<Network> networks, Function<Network, OptionalDouble> value) {
    return networks.stream().mapToDouble(network -> value.apply(network).orElse(Double.NaN));
  }

  private static Grid grid(Run run, List<Network> all) {
    List<String> columns =
        List.of(
            "network", "Top-1", "Top-5", "drop, points", "agreement", "logit RMSE", "logit SQNR");
    List<GridRow> rows =
        all.stream()
            .map(
                n ->
                    GridRow.of(
                        n.label(run),
                        n.top1().percent(),
                        n.top5().percent(),
                        n.name().equals("float") ? Wording.ABSENT : n.drop().points(),
                        n.name().equals("float") ? Wording.ABSENT : n.agreement().percent(),
                        n.name().equals("float") ? Wording.ABSENT : Wording.real(n.logitRmse()),
                        n.name().equals("float")
                            ? Wording.ABSENT
                            : Wording.decibels(n.logitSqnr())))
            .toList();
    return Grid.of(
        "All networks on %s; in brackets 95 %% intervals"
            .formatted(Wording.count(all.get(0).images(), "image")),
        columns,
        rows,
        "metrics/evaluation");
  }

  private static Optional<Grid> classes(Run run) {
    Table table = run.table("classes");
    ClassNames names = ClassNames.of(run);
    Comparator<Table.Row> worst =
        Comparator.comparingLong(row -> row.count("gained") - row.count("lost"));
    Stream<Table.Row> lossy =
        table.rows().filter(row -> row.count("lost") > row.count("gained")).sorted(worst);
    List<GridRow> rows =
        lossy
            .limit(WORST_CLASSES)
            .map(
                row ->
                    GridRow.of(
                        names.name(row.count("class")),
                        Wording.count(row.integer("images")),
                        Wording.count(row.integer("float_right")),
                        Wording.count(row.integer("quantized_right")),
                        Interval.of(row, "drop").points()))
            .toList();
    return rows.isEmpty()
        ? Optional.empty()
        : Optional.of(
            Grid.of(
                "Classes that lose most (at most %d)".formatted(WORST_CLASSES),
                List.of("class", "images", "float right", "quantized right", "drop, points"),
                rows,
                "metrics/classes"));
  }
}
