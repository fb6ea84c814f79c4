package dev.thresher.finetune;

import dev.thresher.finetune.ShardOutcome.NonFinite;

/** Told of every round, in order, in the thread that fine-tunes; what it throws ends the run. */
public interface FineTuneListener {
  /** A listener that does nothing. */
  FineTuneListener NONE = new FineTuneListener() {};

  /** A round was averaged; the state is what a checkpoint keeps. */
  default void onRound(RoundRecord round, FineTuneProgress progress, TrainingState state) {}

  /**
   * A threshold was searched, after the rounds.
   *
   * @param done of {@code total} searches
   * @param loss of the best vector so far, on the images that states are judged by
   */
  default void onSearch(int done, int total, double loss) {}

  /**
   * The integers of a layer were chosen, after the rounds.
   *
   * @param done of {@code total} layers
   */
  default void onFitted(int done, int total) {}

  /**
   * All layers were, and the result was judged.
   *
   * @param nearest loss with every weight rounded to its nearest integer
   * @param fitted loss with the integers chosen
   * @param kept whether these are the result
   */
  default void onRounding(double nearest, double fitted, boolean kept) {}

  /** A round was thrown away: training goes on from the state before it, with fresh moments. */
  default void onRollback(NonFinite cause, TrainingState state) {}
}
