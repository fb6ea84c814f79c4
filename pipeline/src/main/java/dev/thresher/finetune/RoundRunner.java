package dev.thresher.finetune;

/** Runs the shards of one round somewhere and puts them together. */
public interface RoundRunner extends AutoCloseable {
  /**
   * One round: every shard starts from the state and takes its steps. The outcome is a pure
   * function of task and state.
   */
  RoundOutcome run(TrainingState state);

  /**
   * Mean loss of a state over the images that the plan judges by, trained on by no step: the mean
   * of the shards' means, summed in shard order. NaN or infinity where a loss is.
   */
  double judge(TrainingState state);

  /** Bytes that a round sent to the shards and got back from them, of the last round. */
  Traffic traffic();

  @Override
  void close();

  /**
   * Bytes over the wire in one round, all shards together.
   *
   * @param sent state broadcast once
   * @param received outcomes
   */
  record Traffic(long sent, long received) {}
}
