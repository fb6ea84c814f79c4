package dev.thresher.evaluate;

import java.util.List;
import java.util.OptionalDouble;

/**
 * What a run came to: {@code summary.json}. Percentages are 0 to 100; figures that need labels, or
 * training that did not happen, are empty (null in the file).
 *
 * @param run id
 * @param network name
 * @param granularity {@code per-filter} or {@code per-tensor}
 * @param scheme {@code symmetric} or {@code asymmetric}
 * @param bits of weights and activations
 * @param imagesTrained different images that fine-tuning saw
 * @param imagesEvaluated images of the evaluation set
 * @param floatTop1 percent
 * @param floatTop5 percent
 * @param untrainedTop1 percent, quantized, before fine-tuning
 * @param quantizedTop1 percent
 * @param quantizedTop5 percent
 * @param untrainedAgreement percent of images with the float network's first class, before
 *     fine-tuning
 * @param agreement percent of images with the float network's first class
 * @param untrainedLogitRmse in units of logits, before fine-tuning
 * @param logitRmse in units of logits
 * @param lossFirst loss of the first round
 * @param lossLast loss of the last round
 * @param rounds of fine-tuning
 * @param resultRound the round after which the result stood; 0 for what training began with
 * @param weightsMoved weights of the result that are not rounded to their nearest integer
 * @param finetuneImagesPerSecond read by fine-tuning, all executors together
 * @param stages in the order in which they ran
 * @param peakMemoryBytes largest resident memory seen of the process
 * @param engine that computed
 * @param badImages skipped
 * @param schemaVersion {@link MetricsTable#SCHEMA_VERSION}
 * @param evaluation the figures of every network with their intervals
 * @param device what fixed-point kernels compute
 */
public record Summary(
    String run,
    String network,
    String granularity,
    String scheme,
    Bits bits,
    long imagesTrained,
    long imagesEvaluated,
    OptionalDouble floatTop1,
    OptionalDouble floatTop5,
    OptionalDouble untrainedTop1,
    OptionalDouble quantizedTop1,
    OptionalDouble quantizedTop5,
    OptionalDouble untrainedAgreement,
    OptionalDouble agreement,
    OptionalDouble untrainedLogitRmse,
    OptionalDouble logitRmse,
    OptionalDouble lossFirst,
    OptionalDouble lossLast,
    int rounds,
    int resultRound,
    long weightsMoved,
    OptionalDouble finetuneImagesPerSecond,
    List<Stage> stages,
    long peakMemoryBytes,
    String engine,
    long badImages,
    int schemaVersion,
    EvaluationSummary evaluation,
    DeviceFigures device) {
  /** Name of the network before training. */
  public static final String UNTRAINED = "untrained";

  /** Name of the result. */
  public static final String QUANTIZED = "quantized";

  /** Bits of the integers. */
  public record Bits(int weights, int activations) {}

  /** Wall-clock time of a stage. */
  public record Stage(String name, double seconds) {}

  /** Copies the list. */
  public Summary {
    stages = List.copyOf(stages);
  }

  /** The document, UTF-8; numbers that are not finite are written as null. */
  public byte[] json() {
    return SummaryJson.write(this);
  }

  /**
   * Reads what {@link #json} wrote.
   *
   * @throws EvaluationException for anything else
   */
  public static Summary parse(byte[] json) {
    return SummaryJson.read(json);
  }

  /** A plain-text table for people who see such a run for the first time. */
  public String table() {
    return SummaryTable.render(this);
  }
}
