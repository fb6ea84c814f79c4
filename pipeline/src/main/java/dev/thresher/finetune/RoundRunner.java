package dev.thresher.finetune;

import dev.thresher.finetune.rounding.LayerSums;
import java.util.List;

/** Runs the shards of one round somewhere and puts them together. */
public interface RoundRunner extends AutoCloseable {
  /**
   * One round: every shard starts from the state and takes its steps. The outcome is a pure
   * function of task and state.
   */
  RoundOutcome run(TrainingState state);

  /**
   * Mean loss of quantizations over the images that the plan judges by, the same for all: the mean
   * of the shards' means, summed in shard order. NaN or infinity where a loss is.
   */
  double[] judge(List<Candidate> candidates);

  /**
   * What the integers of a layer are chosen by, measured on images that the plan keeps for it.
   *
   * @param node weighted
   * @param soFar integers of the layers before it
   */
  LayerSums measure(String node, Candidate soFar);

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
