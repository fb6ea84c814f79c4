package dev.thresher.finetune;

import dev.thresher.finetune.ShardOutcome.NonFinite;
import dev.thresher.finetune.ShardOutcome.Trained;
import java.util.List;

/** A round put together from its shards. */
public sealed interface RoundOutcome {
  /** Images that the shards have read. */
  long images();

  /**
   * All shards were finite.
   *
   * @param state averaged
   * @param loss mean of the shards' mean losses
   */
  record Averaged(TrainingState state, double loss, long images) implements RoundOutcome {}

  /** A shard met NaN or infinity: nothing of the round is kept. */
  record Spoiled(NonFinite cause, long images) implements RoundOutcome {}

  /**
   * The average of the shards: every number is summed in double, in shard order, divided by the
   * number of shards and rounded once. A pure function of its arguments; the order in which shards
   * finished leaves no trace. Cost O(shards * scales).
   *
   * @param before state that every shard started from
   * @param outcomes one of each shard, in shard order
   * @param steps that each shard took
   */
  static RoundOutcome average(TrainingState before, List<ShardOutcome> outcomes, int steps) {
    long images = 0;
    for (int shard = 0; shard < outcomes.size(); shard++) {
      if (outcomes.get(shard).shard() != shard) {
        throw new IllegalArgumentException(
            "Cannot average: shard " + outcomes.get(shard).shard() + " at place " + shard + ".");
      }
      images += outcomes.get(shard).images();
    }
    for (ShardOutcome outcome : outcomes) {
      if (outcome instanceof NonFinite bad) {
        return new Spoiled(bad, images);
      }
    }
    List<Trained> trained = outcomes.stream().map(Trained.class::cast).toList();
    double loss = 0;
    for (Trained shard : trained) {
      loss += shard.loss();
    }
    loss /= trained.size();
    TrainingState after =
        new TrainingState(
            before.networkHash(),
            mean(trained.stream().map(Trained::scales).toList()),
            mean(trained.stream().map(Trained::moments).toList()),
            before.step() + steps,
            trained.get(0).optimizerOrigin(),
            before.round() + 1,
            before.best(),
            before.rollbacks());
    return new Averaged(after, loss, images);
  }

  private static float[] mean(List<float[]> vectors) {
    float[] result = new float[vectors.get(0).length];
    for (int i = 0; i < result.length; i++) {
      double sum = 0;
      for (float[] vector : vectors) {
        sum += vector[i];
      }
      result[i] = (float) (sum / vectors.size());
    }
    return result;
  }
}
