package dev.thresher.evaluate;

import java.util.List;
import java.util.Map;

/**
 * One network of an ablation.
 *
 * @param cell id of its run
 * @param choices by axis, in the order of columns
 * @param trained whether its thresholds were trained
 * @param seconds that its calibration, and its training where it has some, took
 * @param summary of its run
 */
public record AblationRow(
    String cell, Map<String, String> choices, boolean trained, double seconds, Summary summary) {
  NetworkFigures figures() {
    return summary.evaluation().of(trained ? Summary.QUANTIZED : Summary.UNTRAINED);
  }

  String training() {
    return trained ? "trained" : "untrained";
  }

  String choice(String axis) {
    return choices.getOrDefault(axis, "");
  }

  /** What the columns of choices are called. */
  static final List<String> AXES =
      List.of("granularity", "scheme", "range", "rescale", "bias-correction");
}
