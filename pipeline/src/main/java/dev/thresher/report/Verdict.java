package dev.thresher.report;

import dev.thresher.report.Network.Interval;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;

/**
 * What came of the run, in plain words.
 *
 * @param state {@code passed}, {@code missed} or {@code open}
 * @param headline the verdict
 * @param sentences what a newcomer must know
 * @param tiles the figures to remember
 */
record Verdict(String state, String headline, List<String> sentences, List<Tile> tiles) {
  /** Shown with one decimal, less than this is zero. */
  private static final double LEAST_POINTS = 0.05;

  private static final List<String> FILES =
      List.of("model/model.tflite", "model/model.onnx", "model/model.bin");
  private static final String FLOAT_FILE = "calibrate/float.graph";

  /** A figure with what it is and what it means. */
  record Tile(String name, String value, String meaning) {}

  static Verdict of(Run run, QualityGate gate) {
    List<Network> all = Network.all(run);
    Optional<Network> found = Network.find(all, "quantized");
    if (found.isEmpty()) {
      return new Verdict(
          "open",
          "Not evaluated",
          List.of("This run has no figures yet: its stage evaluate has not been done."),
          List.of());
    }
    Network quantized = found.get();
    List<String> misses =
        gate.misses(
            quantized.drop().value(),
            quantized.agreement().value(),
            quantized.logitSqnr(),
            quantized.logitRmse());
    String state = misses.isEmpty() ? (gate.isSet() ? "passed" : "open") : "missed";
    List<String> sentences = new ArrayList<>(misses);
    sentences.add(accuracy(run, all, quantized));
    sentences.add(agreement(quantized));
    sentences.add(size(run));
    if (gate.asksForAccuracy() && !quantized.drop().isKnown()) {
      sentences.add("Without labels evaluate.max-drop cannot be held against anything.");
    }
    if (!gate.isSet()) {
      sentences.add(
          "No quality gate was set (evaluate.max-drop, evaluate.min-agreement, evaluate.min-sqnr, evaluate.max-rmse), so nothing passes or fails here.");
    }
    return new Verdict(state, headline(state), List.copyOf(sentences), tiles(run, quantized));
  }

  private static String headline(String state) {
    return switch (state) {
      case "passed" -> "The quality gate is passed";
      case "missed" -> "The quality gate is missed";
      default -> "Done; no quality gate was set";
    };
  }

  private static String accuracy(Run run, List<Network> all, Network quantized) {
    String what =
        "The network %s now computes with %d-bit weights and %d-bit activations."
            .formatted(
                run.summary().path("network").asText("?"),
                run.summary().path("bits").path("weights").asInt(),
                run.summary().path("bits").path("activations").asInt());
    if (!quantized.top1().isKnown()) {
      return what
          + " The images came without labels, so how often it is right cannot be said, only how often it agrees with the float network.";
    }
    String floats = Network.find(all, "float").map(n -> n.top1().percent()).orElse("?");
    return what
        + " On %s with labels it names the right class first in %s, the float network in %s: %s."
            .formatted(
                Wording.count(quantized.images(), "image"),
                Wording.percent(quantized.top1().value()),
                floats.replaceAll(" \\(.*", ""),
                drop(quantized.drop()));
  }

  private static String drop(Interval drop) {
    double points = drop.value().orElse(0);
    String change =
        points == 0
            ? "no change"
            : (points > 0 ? "a drop of " : "a gain of ")
                + Wording.points(OptionalDouble.of(Math.abs(points)))
                + " points";
    if (!drop.hasEnds()) {
      return change;
    }
    double low = drop.low().getAsDouble();
    double high = drop.high().getAsDouble();
    String certainty =
        low <= 0 && high >= 0
            ? ", which includes no change at all: on so many images the difference may be chance"
            : "";
    return change
        + "; the true drop is between %s and %s points (95 %% interval)%s"
            .formatted(Wording.points(drop.low()), Wording.points(drop.high()), certainty);
  }

  private static String agreement(Network quantized) {
    return "Both networks put the same class first in %s of %s."
        .formatted(
            Wording.percent(quantized.agreement().value()),
            Wording.count(quantized.images(), "image"));
  }

  private static String size(Run run) {
    OptionalLong file = run.size(FILES);
    OptionalLong floats = run.size(List.of(FLOAT_FILE));
    if (file.isEmpty()) {
      return "The run has no exported file.";
    }
    String size = "The exported file takes " + Wording.bytes(file);
    return floats.isEmpty()
        ? size + "."
        : size
            + "; the float network, batch normalization folded, takes %s."
                .formatted(Wording.bytes(floats));
  }

  /** A drop below zero is a gain, and its interval turns round with it. */
  private static Tile accuracy(Interval drop) {
    boolean gain = drop.value().orElse(0) <= -LEAST_POINTS;
    String interval =
        drop.hasEnds()
            ? "95 %% interval %s to %s"
                .formatted(
                    Wording.points(gain ? negated(drop.high()) : drop.low()),
                    Wording.points(gain ? negated(drop.low()) : drop.high()))
            : drop.isKnown() ? "of Top-1" : "no labels";
    String points =
        drop.isKnown()
            ? Wording.points(gain ? negated(drop.value()) : drop.value()) + " points"
            : "not known";
    return new Tile(gain ? "Accuracy gain" : "Accuracy drop", points, interval);
  }

  private static OptionalDouble negated(OptionalDouble value) {
    return OptionalDouble.of(-value.getAsDouble());
  }

  private static List<Tile> tiles(Run run, Network quantized) {
    List<Tile> tiles = new ArrayList<>();
    tiles.add(accuracy(quantized.drop()));
    tiles.add(
        new Tile(
            "Agreement",
            Wording.percent(quantized.agreement().value()),
            "same first class as float"));
    OptionalLong file = run.size(FILES);
    OptionalLong floats = run.size(List.of(FLOAT_FILE));
    tiles.add(
        new Tile(
            "Size",
            Wording.bytes(file),
            floats.isPresent() ? "float: " + Wording.bytes(floats) : "exported file"));
    tiles.add(speed(run));
    return List.copyOf(tiles);
  }

  private static Tile speed(Run run) {
    double total = 0;
    for (var stage : run.summary().path("stages")) {
      total += stage.path("seconds").asDouble();
    }
    OptionalDouble rate = run.figure("finetune_images_per_second");
    return new Tile(
        "Time of the run",
        Wording.seconds(total),
        rate.isPresent()
            ? "training read %s images/s".formatted(Wording.real(Math.rint(rate.getAsDouble())))
            : "nothing was trained");
  }
}
