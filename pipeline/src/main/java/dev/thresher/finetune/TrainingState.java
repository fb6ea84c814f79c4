package dev.thresher.finetune;

import java.util.Arrays;
import java.util.Objects;
import java.util.Optional;

/**
 * Everything that the next round depends on, besides network, sample and settings. Immutable: the
 * constructor and the accessors copy the arrays.
 *
 * @param networkHash SHA-256 of the encoded network that the scales belong to
 * @param scales trained vector, [n]
 * @param moments Adam's first and second moments, [2 n], the first n being the first moments
 * @param step optimizer steps that each shard has taken: the position in the schedule
 * @param optimizerOrigin step at which the moments were last cleared
 * @param round rounds averaged
 * @param best the best of the states judged so far
 * @param rollbacks rounds thrown away because of NaN or infinity
 */
@SuppressWarnings("ArrayRecordComponent")
public record TrainingState(
    String networkHash,
    float[] scales,
    float[] moments,
    int step,
    int optimizerOrigin,
    int round,
    Optional<Best> best,
    int rollbacks) {
  /**
   * A state that was judged.
   *
   * @param round rounds averaged before it, 0 for the state that training began with
   * @param loss on the images that states are judged by, finite
   * @param scales trained vector, [n]
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Best(int round, double loss, float[] scales) {
    /** Copies the scales. */
    public Best {
      scales = scales.clone();
    }

    @Override
    public float[] scales() {
      return scales.clone();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Best that
          && round == that.round
          && Double.compare(loss, that.loss) == 0
          && Arrays.equals(scales, that.scales);
    }

    @Override
    public int hashCode() {
      return 31 * Arrays.hashCode(scales) + round;
    }
  }

  /** Copies the arrays; refuses lengths and counts that do not fit. */
  public TrainingState {
    scales = scales.clone();
    moments = moments.clone();
    Objects.requireNonNull(best, "best");
    if (moments.length != 2 * scales.length) {
      throw new FineTuneException(
          "Cannot train "
              + scales.length
              + " scales with "
              + moments.length
              + " moments: Adam has two a scale.");
    }
    if (step < 0 || round < 0 || rollbacks < 0 || optimizerOrigin < 0 || optimizerOrigin > step) {
      throw new FineTuneException(
          "Cannot train from step %d, round %d, optimizer origin %d, %d rollbacks: counts start at"
                  .formatted(step, round, optimizerOrigin, rollbacks)
              + " 0, and the origin is no later than the step.");
    }
  }

  /** The state before the first round: scales as given, moments zero. */
  public static TrainingState initial(String networkHash, float[] scales) {
    return new TrainingState(
        networkHash, scales, new float[2 * scales.length], 0, 0, 0, Optional.empty(), 0);
  }

  /** The same, judged: the best so far where its loss is less than that of all before. */
  TrainingState judged(double loss) {
    boolean isBest = Double.isFinite(loss) && best.map(other -> loss < other.loss()).orElse(true);
    return new TrainingState(
        networkHash,
        scales,
        moments,
        step,
        optimizerOrigin,
        round,
        isBest ? Optional.of(new Best(round, loss, scales)) : best,
        rollbacks);
  }

  /** Rounds averaged before {@link #result}. */
  public int resultRound() {
    return best.map(Best::round).orElse(round);
  }

  /** The scales to use: the best that were judged, or where none was the last. */
  public float[] result() {
    return best.map(Best::scales).orElseGet(this::scales);
  }

  /** The same scales and schedule position with a fresh optimizer, after a round thrown away. */
  TrainingState rolledBack() {
    return new TrainingState(
        networkHash, scales, new float[moments.length], step, step, round, best, rollbacks + 1);
  }

  @Override
  public float[] scales() {
    return scales.clone();
  }

  @Override
  public float[] moments() {
    return moments.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TrainingState that
        && networkHash.equals(that.networkHash)
        && Arrays.equals(scales, that.scales)
        && Arrays.equals(moments, that.moments)
        && step == that.step
        && optimizerOrigin == that.optimizerOrigin
        && round == that.round
        && best.equals(that.best)
        && rollbacks == that.rollbacks;
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(scales) + step;
  }

  @Override
  public String toString() {
    return "TrainingState[%d scales, round %d, step %d, %d rollbacks]"
        .formatted(scales.length, round, step, rollbacks);
  }
}
