package dev.thresher.report;

import static dev.thresher.report.Chart.Mark.DOT;
import static dev.thresher.report.Chart.Tone.AFTER;
import static dev.thresher.report.Chart.Tone.BEFORE;
import static dev.thresher.report.Chart.Tone.HIGH;
import static dev.thresher.report.Chart.Tone.LOW;

import dev.thresher.report.Figure.Grid;
import dev.thresher.report.Figure.GridRow;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/** What training moved: thresholds of every layer before and after, and scales at their limits. */
final class ThresholdSection {
  private static final String ID = "thresholds";
  private static final String TITLE = "Thresholds";

  /** From this ratio on, values are drawn on a logarithmic axis. */
  private static final double WIDE = 50;

  private ThresholdSection() {}

  static Section of(Run run) {
    if (!run.hasTable("thresholds")) {
      return Section.without(ID, TITLE, "thresholds");
    }
    List<LayerThresholds> weights = LayerThresholds.all(run, "weights");
    List<LayerThresholds> activations = LayerThresholds.all(run, "activation");
    List<Figure> figures = new ArrayList<>();
    for (List<LayerThresholds> layers : List.of(activations, weights)) {
      if (!layers.isEmpty()) {
        String kind = layers == weights ? "Weights" : "Activations";
        Grid grid = grid(kind, layers);
        figures.add(thresholds(kind, layers, grid));
        figures.add(scales(kind, layers));
      }
    }
    figures.add(limits(weights, activations));
    return new Section(ID, TITLE, List.of(text(run)), figures, List.of());
  }

  private static String text(Run run) {
    String what =
        "A threshold is the greatest magnitude that a quantizer can represent; what is beyond it is cut off. Training multiplies each threshold by a scale between two limits.";
    return run.isTrained()
        ? what + " It starts at 1."
        : what + " Nothing was trained in this run, so every scale is 1.";
  }

  private static String id(String kind, String what) {
    return kind.toLowerCase(java.util.Locale.ROOT) + "-" + what;
  }

  private static Figure thresholds(String kind, List<LayerThresholds> layers, Grid grid) {
    List<Chart.Series> series = new ArrayList<>();
    series.add(series("before", BEFORE, layers, "max_before"));
    series.add(series("after", AFTER, layers, "max_after"));
    boolean leftEnds = layers.stream().anyMatch(ThresholdSection::hasOwnLeftEnd);
    if (leftEnds) {
      series.add(series("left end before", BEFORE, layers, "min_before"));
      series.add(series("left end after", AFTER, layers, "min_after"));
    }
    boolean wide = !leftEnds && ratio(layers) > WIDE;
    String name = kind.equals("Weights") ? "mean threshold of the filters" : "threshold";
    Chart chart =
        Chart.standing(
            "layer",
            labels(layers),
            wide ? Chart.logarithmic(name) : Chart.linear(name),
            series,
            List.of());
    return new Figure(
        id(kind, "thresholds"),
        kind + ": thresholds before and after",
        moved(kind, layers),
        chart,
        List.of(grid));
  }

  private static Chart.Series series(
      String name, Chart.Tone tone, List<LayerThresholds> layers, String column) {
    return Chart.series(name, DOT, tone, LayerThresholds.of(layers, layer -> layer.mean(column)));
  }

  /** A left end that is neither zero nor the mirrored right end. */
  private static boolean hasOwnLeftEnd(LayerThresholds layer) {
    double left = layer.mean("min_before");
    return left != 0 && left != -layer.mean("max_before") && !Double.isNaN(left);
  }

  private static double ratio(List<LayerThresholds> layers) {
    double[] positive =
        LayerThresholds.of(layers, layer -> layer.mean("max_before")).filter(t -> t > 0).toArray();
    return DoubleStream.of(positive).max().orElse(1) / DoubleStream.of(positive).min().orElse(1);
  }

  private static String moved(String kind, List<LayerThresholds> layers) {
    double[] scales = LayerThresholds.of(layers, layer -> layer.mean("alpha_after")).toArray();
    int least = 0;
    for (int i = 1; i < scales.length; i++) {
      least = scales[i] < scales[least] ? i : least;
    }
    return "%s in %s; on average a threshold is now %s times what it was, least in %s: %s times."
        .formatted(
            Wording.count(
                layers.stream().mapToLong(layer -> layer.quantizers().size()).sum(), "quantizer"),
            Wording.count(
                layers.size(), kind.equals("Weights") ? "weight tensor" : "activation tensor"),
            Wording.real(DoubleStream.of(scales).average().orElse(1)),
            layers.get(least).tensor(),
            Wording.real(scales[least]));
  }

  private static Figure scales(String kind, List<LayerThresholds> layers) {
    List<Chart.Series> series = new ArrayList<>();
    boolean several = layers.stream().anyMatch(layer -> layer.quantizers().size() > 1);
    if (several) {
      series.add(
          Chart.range(
              "least to greatest",
              AFTER,
              LayerThresholds.of(layers, layer -> layer.least("alpha_after")),
              LayerThresholds.of(layers, layer -> layer.greatest("alpha_after"))));
    }
    series.add(series(several ? "mean" : "scale", AFTER, layers, "alpha_after"));
    boolean shifts = layers.stream().anyMatch(layer -> !Double.isNaN(layer.mean("shift_after")));
    if (shifts) {
      series.add(series("shift", BEFORE, layers, "shift_after"));
    }
    List<Chart.Line> lines =
        Stream.of(
                new Chart.Line("lower limit", layers.get(0).least("alpha_low")),
                new Chart.Line("upper limit", layers.get(0).greatest("alpha_high")))
            .filter(line -> Double.isFinite(line.value()))
            .toList();
    double[] all = LayerThresholds.of(layers, layer -> layer.least("alpha_after")).toArray();
    return new Figure(
        id(kind, "scales"),
        kind + ": trained scales",
        "Scales go down to %s; the table above has them layer by layer."
            .formatted(Wording.real(DoubleStream.of(all).min().orElse(1))),
        Chart.standing(
            "layer", labels(layers), Chart.linear("scale of the threshold"), series, lines),
        List.of());
  }

  private static Figure limits(List<LayerThresholds> weights, List<LayerThresholds> activations) {
    List<LayerThresholds> all = weights.isEmpty() ? activations : weights;
    long quantizers = count(weights) + count(activations);
    long low = at(weights, "low") + at(activations, "low");
    long high = at(weights, "high") + at(activations, "high");
    List<Chart.Series> series =
        List.of(
            Chart.stacked(
                "at the lower limit",
                LOW,
                LayerThresholds.of(all, layer -> layer.percentAt("low"))),
            Chart.stacked(
                "at the upper limit",
                HIGH,
                LayerThresholds.of(all, layer -> layer.percentAt("high"))));
    return new Figure(
        "limits",
        "Scales at their limits",
        "Of %s scales %s stand at the lower limit and %s at the upper one, where training starts if that limit is 1. Many at the lower limit say that training wanted to go further than quantize.limits allows."
            .formatted(Wording.count(quantizers), Wording.count(low), Wording.count(high)),
        Chart.standing(
            "layer",
            labels(all),
            Chart.linear("scales of the weights, percent"),
            series,
            List.of()),
        List.of());
  }

  private static long count(List<LayerThresholds> layers) {
    return layers.stream().mapToLong(layer -> layer.quantizers().size()).sum();
  }

  private static long at(List<LayerThresholds> layers, String limit) {
    return layers.stream().mapToLong(layer -> layer.at(limit)).sum();
  }

  private static List<String> labels(List<LayerThresholds> layers) {
    return layers.stream().map(layer -> layer.layer() + " " + layer.tensor()).toList();
  }

  private static Grid grid(String kind, List<LayerThresholds> layers) {
    List<GridRow> rows =
        layers.stream()
            .map(
                layer ->
                    GridRow.of(
                        layer.layer() + " " + layer.tensor(),
                        Integer.toString(layer.quantizers().size()),
                        ends(layer, "before"),
                        ends(layer, "after"),
                        real(layer.mean("alpha_after"))
                            + (layer.quantizers().size() > 1
                                ? " (%s to %s)"
                                    .formatted(
                                        real(layer.least("alpha_after")),
                                        real(layer.greatest("alpha_after")))
                                : ""),
                        Long.toString(layer.at("low")),
                        Long.toString(layer.at("high"))))
            .toList();
    return Grid.of(
        kind + ", layer by layer" + (kind.equals("Weights") ? "; means over the filters" : ""),
        List.of("layer", "scales", "before", "after", "scale", "at low", "at high"),
        rows,
        "metrics/thresholds");
  }

  private static String ends(LayerThresholds layer, String when) {
    String right = real(layer.mean("max_" + when));
    return hasOwnLeftEnd(layer) ? real(layer.mean("min_" + when)) + " to " + right : right;
  }

  private static String real(double value) {
    return Wording.real(Double.isNaN(value) ? OptionalDouble.empty() : OptionalDouble.of(value));
  }
}
