package dev.thresher.finetune;

import java.util.Arrays;

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
 * @param bestLoss least mean loss of a round, positive infinity before the first
 * @param bestRound round, counted from 1, of that loss; 0 before the first
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
    double bestLoss,
    int bestRound,
    int rollbacks) {
  /** Copies the arrays; refuses lengths and counts that do not fit. */
  public TrainingState {
    scales = scales.clone();
    moments = moments.clone();
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
        networkHash, scales, new float[2 * scales.length], 0, 0, 0, Double.POSITIVE_INFINITY, 0, 0);
  }

  /** The same scales and schedule position with a fresh optimizer, after a round thrown away. */
  TrainingState rolledBack() {
    return new TrainingState(
        networkHash,
        scales,
        new float[moments.length],
        step,
        step,
        round,
        bestLoss,
        bestRound,
        rollbacks + 1);
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
        && Double.compare(bestLoss, that.bestLoss) == 0
        && bestRound == that.bestRound
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
