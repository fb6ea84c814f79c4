package dev.thresher.bench;

import java.util.OptionalDouble;

/**
 * What was measured.
 *
 * @param floatForward logits of the float network
 * @param quantizedForward logits of the integer network
 * @param calibration float forward, and the statistics of every activation
 * @param trainingStep minibatch, integer forward, loss, straight-through backward, Adam
 * @param correctedStep the same of a network whose biases take up what rounding its weights adds
 * @param shares where the time of {@code trainingStep} goes, all threads at work
 */
public record BenchReport(
    Figure floatForward,
    Figure quantizedForward,
    Figure calibration,
    Figure trainingStep,
    Figure correctedStep,
    Shares shares) {
  /**
   * One kind of pass.
   *
   * @param perCore images per second of one thread that works alone
   * @param all images per second of all threads together
   * @param perCpuSecond images per second that one thread spends on a core: what {@code perCore}
   *     would be if no other process wanted that core
   * @param bytes that each thread holds for it, on and off the heap
   */
  public record Figure(double perCore, double all, double perCpuSecond, long bytes) {}

  /**
   * Shares of a thread's wall-clock time, from 0 to 1; together 1.
   *
   * @param convolution in convolutions; empty for an engine that does not tell
   * @param elementWise in the rest of the forward and backward pass; empty likewise
   * @param rest reading the minibatch, loss, optimizer
   * @param waiting not running: for data, for other threads, for a core
   */
  public record Shares(
      OptionalDouble convolution, OptionalDouble elementWise, double rest, double waiting) {}
}
