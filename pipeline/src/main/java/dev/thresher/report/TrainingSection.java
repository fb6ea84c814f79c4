package dev.thresher.report;

import static dev.thresher.report.Chart.Mark.LINE;
import static dev.thresher.report.Chart.Tone.AFTER;

import dev.thresher.report.Chart.Axis;
import dev.thresher.report.Figure.Grid;
import dev.thresher.report.Figure.GridRow;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** Loss and learning rate, round by round. */
final class TrainingSection {
  private static final String ID = "training";
  private static final String TITLE = "Training";

  /** Points of a chart; of longer trainings every n-th round is drawn, the last one always. */
  private static final int MOST_POINTS = 2000;

  private TrainingSection() {}

  static Section of(Run run) {
    if (!run.hasTable("rounds")) {
      return Section.without(ID, TITLE, "rounds");
    }
    List<Table.Row> all = run.table("rounds").rows().toList();
    if (all.isEmpty()) {
      return Section.saying(
          ID,
          TITLE,
          "Nothing was trained (finetune.epochs = 0): every threshold is as calibration measured it.");
    }
    List<Table.Row> drawn = thinned(all, MOST_POINTS);
    Figure loss =
        figure(
            drawn,
            "loss",
            "Loss",
            loss(all),
            "loss",
            Chart.linear("loss, units of logits"),
            List.of(grid(all)));
    Figure rate =
        figure(
            drawn,
            "learning-rate",
            "Learning rate",
            "From %s to %s."
                .formatted(
                    Wording.real(all.get(0).real("learning_rate")),
                    Wording.real(all.get(all.size() - 1).real("learning_rate"))),
            "learning_rate",
            Chart.logarithmic("learning rate"),
            List.of());
    return new Section(ID, TITLE, text(run, all), List.of(loss, rate), List.of());
  }

  private static List<String> text(Run run, List<Table.Row> all) {
    long images = (long) run.figure("images_trained").orElse(0);
    long rollbacks = all.stream().mapToLong(row -> row.count("rollbacks")).sum();
    List<String> text = new ArrayList<>();
    text.add(
        "Only the scales of the thresholds are trained (and multipliers of the weights, where those are switched on), so that the quantized network's outputs follow the float network's; no label is read. %s%s."
            .formatted(
                Wording.count(all.size(), "round"),
                images > 0 ? " over " + Wording.count(images, "image") : ""));
    run.figure("result_round").ifPresent(round -> text.add(result((long) round, all.size())));
    double moved = run.figure("weights_moved").orElse(0);
    if (moved > 0) {
      text.add(
          "%s became the integer beside their nearest, so that each layer gives what the float network's gives although its input carries the errors of the layers before it."
              .formatted(Wording.count((long) moved, "weight")));
    }
    if (rollbacks > 0) {
      text.add(
          "%s met a number that was not finite and went back to the state before."
              .formatted(Wording.count(rollbacks, "round")));
    }
    return text;
  }

  private static String result(long round, int rounds) {
    if (round == 0) {
      return "No round was judged better than what training began with, on images that are the same each time: the result comes from that.";
    }
    return round == rounds
        ? "The result comes from the state after the last round."
        : "The result comes from the state after round %d, the best of those judged on images that are the same each time."
            .formatted(round);
  }

  private static String loss(List<Table.Row> all) {
    Table.Row least =
        all.stream()
            .min(Comparator.comparingDouble(row -> row.real("loss").orElse(Double.MAX_VALUE)))
            .orElseThrow();
    return "The distance of the logits went from %s in the first round to %s in the last; least in round %d: %s."
        .formatted(
            Wording.real(all.get(0).real("loss")),
            Wording.real(all.get(all.size() - 1).real("loss")),
            least.count("round"),
            Wording.real(least.real("loss")));
  }

  private static Figure figure(
      List<Table.Row> rows,
      String id,
      String title,
      String sentence,
      String column,
      Axis axis,
      List<Grid> grids) {
    List<String> rounds = rows.stream().map(row -> Long.toString(row.count("round"))).toList();
    Chart.Series series =
        Chart.series(
            title.toLowerCase(java.util.Locale.ROOT),
            LINE,
            AFTER,
            rows.stream().mapToDouble(row -> row.real(column).orElse(Double.NaN)));
    Chart chart = Chart.standing("round", rounds, axis, List.of(series), List.of());
    return new Figure(id, title, sentence, chart, grids);
  }

  private static Grid grid(List<Table.Row> all) {
    List<GridRow> rows =
        thinned(all, Grid.MOST_ROWS).stream()
            .map(
                row ->
                    GridRow.of(
                        Long.toString(row.count("round")),
                        Wording.real(row.real("loss")),
                        Wording.real(row.real("judged_loss")),
                        Wording.real(row.real("learning_rate")),
                        Wording.count(row.integer("images")),
                        Wording.real(row.real("alpha_mean")),
                        Wording.count(row.integer("alphas_at_limits"))))
            .toList();
    String caption =
        rows.size() == all.size()
            ? "Rounds"
            : "Every n-th of %d rounds; all are in metrics/rounds".formatted(all.size());
    return Grid.of(
        caption,
        List.of(
            "round", "loss", "judged", "learning rate", "images", "mean scale", "scales at limits"),
        rows,
        "metrics/rounds");
  }

  /** Every n-th row and the last, so that at most {@code most} remain. */
  private static List<Table.Row> thinned(List<Table.Row> rows, int most) {
    int step = (rows.size() + most - 1) / most;
    return IntStream.range(0, rows.size())
        .filter(i -> (rows.size() - 1 - i) % step == 0)
        .mapToObj(rows::get)
        .toList();
  }
}
