package dev.thresher.finetune;

import java.io.Serializable;
import java.util.Objects;

/**
 * What fine-tuning does; together with network, sample and engine it determines every byte of the
 * result.
 *
 * @param epochs times that every image is seen, on average; may be a fraction
 * @param batch images of one optimizer step
 * @param shards logical shards V, fixed whatever the number of executors
 * @param stepsPerRound optimizer steps k that a shard takes between two averages
 * @param learningRate schedule over the steps of a shard
 * @param distillation loss
 * @param judgedImages images on which averaged states are compared, the untrained one included, so
 *     that the best is the result; 0 takes the last
 * @param searchPasses times that every threshold of a whole weight tensor is searched, by the
 *     judged images, after the last round; 0 for none
 * @param roundingImages images on which the integers of every layer are chosen at last; 0 rounds
 *     each weight to its nearest
 * @param seed of the order of images
 */
public record FineTuneSettings(
    double epochs,
    int batch,
    int shards,
    int stepsPerRound,
    CosineRestarts learningRate,
    Distillation distillation,
    int judgedImages,
    int searchPasses,
    int roundingImages,
    long seed)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Refuses counts that are not positive. */
  public FineTuneSettings {
    Objects.requireNonNull(learningRate, "learningRate");
    Objects.requireNonNull(distillation, "distillation");
    if (!(epochs > 0) || Double.isInfinite(epochs)) {
      throw new FineTuneException(
          "Cannot fine-tune for " + epochs + " epochs: a positive number is needed.");
    }
    requirePositive("images a batch", batch);
    requirePositive("shards", shards);
    requirePositive("steps a round", stepsPerRound);
    if (judgedImages < 0) {
      throw new FineTuneException(
          "Cannot judge states on " + judgedImages + " images: 0 or more are needed.");
    }
    if (roundingImages < 0) {
      throw new FineTuneException(
          "Cannot choose integers on " + roundingImages + " images: 0 or more are needed.");
    }
    if (searchPasses < 0 || (searchPasses > 0 && judgedImages == 0)) {
      throw new FineTuneException(
          "Cannot search thresholds in %d passes by %d judged images: 0 or more passes are needed, and images to judge by."
              .formatted(searchPasses, judgedImages));
    }
  }

  private static void requirePositive(String what, int value) {
    if (value < 1) {
      throw new FineTuneException(
          "Cannot fine-tune with " + value + " " + what + ": at least 1 is needed.");
    }
  }
}
