package dev.thresher.checkpoint;

import dev.thresher.finetune.RoundRecord;
import dev.thresher.finetune.TrainingState;
import java.util.List;

/**
 * The newest state that is whole.
 *
 * @param state to go on from
 * @param rounds records of all rounds up to it, in order
 * @param damaged newer checkpoints that could not be used, and why
 */
public record Checkpoint(TrainingState state, List<RoundRecord> rounds, List<String> damaged) {
  /** Copies. */
  public Checkpoint {
    rounds = List.copyOf(rounds);
    damaged = List.copyOf(damaged);
  }
}
