package dev.thresher.report;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * The figures of one network on the images that the run was evaluated on.
 *
 * @param name {@code float}, {@code untrained}, {@code quantized} or {@code device}
 * @param images compared
 * @param top1 percent
 * @param top5 percent
 * @param drop of Top-1 against the float network, points
 * @param agreement percent of images with the float network's first class
 * @param pValue of the drop, exact McNemar test
 * @param lost images that only the float network has right
 * @param gained images that only this network has right
 * @param logitRmse in units of logits
 * @param logitSqnr dB
 */
record Network(
    String name,
    long images,
    Interval top1,
    Interval top5,
    Interval drop,
    Interval agreement,
    OptionalDouble pValue,
    OptionalLong lost,
    OptionalLong gained,
    OptionalDouble logitRmse,
    OptionalDouble logitSqnr) {

  /** A figure with its 95 % interval; each part may be absent. */
  record Interval(OptionalDouble value, OptionalDouble low, OptionalDouble high) {
    static Interval of(OptionalDouble value) {
      return new Interval(value, OptionalDouble.empty(), OptionalDouble.empty());
    }

    static Interval of(Table.Row row, String column) {
      return new Interval(row.real(column), row.real(column + "_low"), row.real(column + "_high"));
    }

    boolean isKnown() {
      return value.isPresent();
    }

    boolean hasEnds() {
      return low.isPresent() && high.isPresent();
    }

    String percent() {
      return Wording.percent(value) + ends(Wording.percent(low), Wording.percent(high));
    }

    String points() {
      return Wording.points(value) + ends(Wording.points(low), Wording.points(high));
    }

    private String ends(String lowest, String highest) {
      return hasEnds() ? " (" + lowest + " to " + highest + ")" : "";
    }
  }

  /**
   * The networks of a run in the order of its table, or from its summary where it has none; the
   * untrained one only where training made another of it.
   */
  static List<Network> all(Run run) {
    Table table = run.table("evaluation");
    List<Network> all = table.isEmpty() ? summarized(run) : table.rows().map(Network::of).toList();
    return all.stream()
        .filter(network -> run.isTrained() || !network.name().equals("untrained"))
        .toList();
  }

  static Optional<Network> find(List<Network> all, String name) {
    return all.stream().filter(network -> network.name().equals(name)).findFirst();
  }

  private static Network of(Table.Row row) {
    return new Network(
        row.text("network"),
        row.count("images"),
        Interval.of(row, "top1"),
        Interval.of(row, "top5"),
        Interval.of(row, "drop"),
        Interval.of(row, "agreement"),
        row.real("drop_p_value"),
        row.integer("lost"),
        row.integer("gained"),
        row.real("logit_rmse"),
        row.real("logit_sqnr_db"));
  }

  private static List<Network> summarized(Run run) {
    if (run.figure("images_evaluated").isEmpty()) {
      return List.of();
    }
    return List.of(
        summarized(run, "float", "float", OptionalDouble.of(100), ""),
        summarized(run, "untrained", "untrained", run.figure("untrained_agreement"), "untrained_"),
        summarized(run, "quantized", "quantized", run.figure("agreement"), ""));
  }

  private static Network summarized(
      Run run, String name, String accuracy, OptionalDouble agreement, String prefix) {
    boolean isFloat = name.equals("float");
    OptionalDouble top1 = run.figure(accuracy + "_top1");
    OptionalDouble floats = run.figure("float_top1");
    OptionalDouble drop =
        !isFloat && top1.isPresent() && floats.isPresent()
            ? OptionalDouble.of(floats.getAsDouble() - top1.getAsDouble())
            : OptionalDouble.empty();
    return new Network(
        name,
        (long) run.figure("images_evaluated").orElse(0),
        Interval.of(top1),
        Interval.of(run.figure(accuracy + "_top5")),
        Interval.of(drop),
        Interval.of(agreement),
        OptionalDouble.empty(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        isFloat ? OptionalDouble.empty() : run.figure(prefix + "logit_rmse"),
        OptionalDouble.empty());
  }

  /** What it is called in the page. */
  String label(Run run) {
    return switch (name) {
      case "float" -> "float";
      case "quantized" -> run.isTrained() ? "trained" : "quantized";
      default -> name;
    };
  }
}
