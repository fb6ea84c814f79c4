package dev.thresher.spark;

import dev.thresher.finetune.ShardOutcome;
import org.deeplearning4j.spark.api.TrainingResult;
import org.deeplearning4j.spark.api.stats.SparkTrainingStats;

/** A shard's outcome in the form that DL4J Spark's workers return. */
final class ShardResult implements TrainingResult {
  private final ShardOutcome outcome;

  ShardResult(ShardOutcome outcome) {
    this.outcome = outcome;
  }

  ShardOutcome outcome() {
    return outcome;
  }

  /** Timings travel in the outcome; DL4J's own collection is off. */
  @Override
  public void setStats(SparkTrainingStats stats) {
    if (stats != null) {
      throw new IllegalStateException("Statistics were collected though they are off: " + stats);
    }
  }
}
