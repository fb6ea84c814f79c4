package dev.thresher.finetune;

import java.util.Locale;
import java.util.Optional;

/**
 * How many rounds and steps a run takes:
 *
 * <pre>
 *   steps  = max(1, floor(epochs * images / (shards * batch)))      of each shard
 *   rounds = ceil(steps / stepsPerRound)                            the last may be shorter
 * </pre>
 *
 * <p>States are judged before the first round and after those of the second half, in which the
 * learning rate has fallen: on the first images of every shard, the same each time.
 *
 * @param settings of the run
 * @param images of the sample
 * @param steps that each shard takes in all
 * @param rounds averages taken
 */
public record RoundPlan(FineTuneSettings settings, long images, int steps, int rounds) {
  private static final int MOST_ROUNDING_SHARDS = 16;

  /**
   * The plan for a sample.
   *
   * @throws FineTuneException where a shard would have no image
   */
  public static RoundPlan of(ShardData data, FineTuneSettings settings) {
    int shards = settings.shards();
    if (shards > data.parts()) {
      throw new FineTuneException(
          "Cannot split "
              + data.parts()
              + " parts of the sample into "
              + shards
              + " shards: every shard needs a part. Set finetune.shards to "
              + data.parts()
              + " or fewer, or make more parts with a smaller sample.part-images.");
    }
    long images = 0;
    for (int part = 0; part < data.parts(); part++) {
      images += data.size(part);
    }
    for (int shard = 0; shard < shards; shard++) {
      if (ShardOrder.of(data, settings, shard).images() == 0) {
        throw new FineTuneException(
            "Cannot train shard %d of %d: its parts hold no image. Set finetune.shards lower."
                .formatted(shard, shards));
      }
    }
    int steps = steps(settings.epochs(), images, shards, settings.batch());
    int perRound = settings.stepsPerRound();
    return new RoundPlan(settings, images, steps, (steps + perRound - 1) / perRound);
  }

  /**
   * Optimizer steps that each shard takes: {@code max(1, floor(epochs * images / (shards *
   * batch)))}.
   */
  public static int steps(double epochs, long images, int shards, int batch) {
    double wanted = Math.floor(epochs * images / ((double) shards * batch));
    if (wanted > Integer.MAX_VALUE / 2.0) {
      throw new FineTuneException(
          "Cannot take " + wanted + " steps: lower finetune.epochs or raise finetune.batch.");
    }
    return (int) Math.max(1, wanted);
  }

  /** Where the one step that is always taken reads more images than the epochs hold: a sentence. */
  public Optional<String> excess() {
    long read = (long) steps * settings.shards() * settings.batch();
    double wanted = settings.epochs() * images;
    return read <= wanted
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "one step of %d shards with %d images each reads %d images, more than the %.0f of %s epochs of %d: images are read again. Lower finetune.batch or finetune.shards, or raise finetune.epochs",
                settings.shards(),
                settings.batch(),
                read,
                wanted,
                settings.epochs(),
                images));
  }

  /** First step of a round, both counted from 0. */
  public int firstStep(int round) {
    return Math.min(round * settings.stepsPerRound(), steps);
  }

  /** Steps that each shard takes in a round. */
  public int stepsIn(int round) {
    return firstStep(round + 1) - firstStep(round);
  }

  /** Whether the state after so many rounds is judged. */
  public boolean isJudged(int roundsDone) {
    return settings.judgedImages() > 0 && (roundsDone == 0 || 2L * roundsDone >= rounds);
  }

  /** Minibatches of a shard on which a state is judged: at least one, at most a pass. */
  public int judgedBatches() {
    long perBatch = (long) settings.shards() * settings.batch();
    return (int) Math.max(1, Math.min(settings.judgedImages(), images) / perBatch);
  }

  /** Shards whose images layers are measured on: their sums, megabytes each, meet in one place. */
  public int roundingShards() {
    return Math.min(settings.shards(), MOST_ROUNDING_SHARDS);
  }

  /** Minibatches of each of these shards: at least one. */
  public int roundingBatches() {
    long perBatch = (long) roundingShards() * settings.batch();
    return (int) Math.max(1, Math.min(settings.roundingImages(), images) / perBatch);
  }

  /** The first of them, behind those by which quantizations are judged. */
  public int firstRoundingStep() {
    return settings.judgedImages() > 0 ? judgedBatches() : 0;
  }

  /** Images that all shards together have seen after some rounds. */
  public long imagesAfter(int roundsDone) {
    return (long) firstStep(roundsDone) * settings.batch() * settings.shards();
  }
}
