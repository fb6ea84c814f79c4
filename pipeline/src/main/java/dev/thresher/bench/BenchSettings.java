package dev.thresher.bench;

import dev.thresher.finetune.Distillation;
import dev.thresher.quantize.QuantizationSpec;

/**
 * What is measured, and for how long.
 *
 * @param spec integers wanted
 * @param distillation loss of the training step
 * @param batch images of a step
 * @param threads that work side by side for the figures of all cores
 * @param seconds in which the steps of one figure are timed; at least {@value #LEAST_STEPS} steps
 *     are
 */
public record BenchSettings(
    QuantizationSpec spec, Distillation distillation, int batch, int threads, double seconds) {
  /** A median of fewer says little. */
  static final int LEAST_STEPS = 5;

  /** Refuses counts and times that are not positive. */
  public BenchSettings {
    require("images a batch", batch);
    require("threads", threads);
    require("seconds", seconds);
  }

  private static void require(String what, double value) {
    if (!(value > 0)) {
      throw new IllegalArgumentException(
          "Cannot measure with " + value + " " + what + ": a positive number is needed.");
    }
  }
}
