package dev.thresher.finetune;

import dev.thresher.engine.Rounding;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.finetune.RoundOutcome.Averaged;
import dev.thresher.finetune.RoundOutcome.Spoiled;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Fine-tunes the threshold scales, and only them, round by round, without labels.
 *
 * <p>A round: every shard starts from the averaged state and takes k optimizer steps; scales and
 * moments are averaged in double, in shard order. A round with NaN or infinity is thrown away and
 * repeated from the last state with fresh moments; twice in a row ends the run. States are judged
 * on images that are the same each time, and the best one is the result, be it the first: a step of
 * a threshold rounds every weight anew, so the loss has a rough ground that gradients do not see.
 * Thresholds of whole tensors are searched then, and at last integers are chosen by what their
 * layers give. The result is a pure function of (network, sample, settings, seed, engine): the same
 * bytes wherever the shards ran, and after a resume. Source: method, sections 6 to 8.
 */
public final class FineTuner {
  private final FineTuneTask task;
  private final RoundRunner rounds;
  private final FineTuneListener listener;
  private final List<RoundRecord> records = new ArrayList<>();

  private FineTuner(FineTuneTask task, RoundRunner rounds, FineTuneListener listener) {
    this.task = task;
    this.rounds = rounds;
    this.listener = listener;
  }

  /**
   * Fine-tunes in this JVM, in this thread.
   *
   * @param resume state of an earlier run of the same task, or empty to start afresh
   */
  public static FineTunedNetwork finetune(
      ThresholdedNetwork network,
      ShardData data,
      PixelNormalizer normalizer,
      FineTuneSettings settings,
      EngineSource engine,
      Optional<TrainingState> resume,
      FineTuneListener listener) {
    FineTuneTask task = new FineTuneTask(network, data, normalizer, settings, engine);
    try (RoundRunner local = new LocalRounds(task)) {
      return finetune(task, local, resume, listener);
    }
  }

  /**
   * Fine-tunes with shards that run where the runner takes them.
   *
   * @throws NonFiniteTrainingException for NaN or infinity in two rounds in a row
   */
  public static FineTunedNetwork finetune(
      FineTuneTask task,
      RoundRunner rounds,
      Optional<TrainingState> resume,
      FineTuneListener listener) {
    TrainingState state = resume.orElseGet(task::initialState);
    task.requireFitting(state);
    FineTuner tuner = new FineTuner(task, rounds, listener);
    if (state.round() == 0) {
      state = state.judged(tuner.judge(state));
    }
    while (state.round() < task.plan().rounds()) {
      state = tuner.round(state);
    }
    float[] scales = new ThresholdSearch(task, rounds, listener).search(state.result());
    Rounding rounding = new RoundingFitter(task, rounds, listener).fit(scales);
    return new FineTunedNetwork(
        task.network(), scales, rounding, state.resultRound(), tuner.records);
  }

  private TrainingState round(TrainingState state) {
    long begin = System.nanoTime();
    RoundOutcome outcome = rounds.run(state);
    if (outcome instanceof Spoiled spoiled) {
      TrainingState again = state.rolledBack();
      listener.onRollback(spoiled.cause(), again);
      outcome = rounds.run(again);
      if (outcome instanceof Spoiled twice) {
        throw nonFinite(state, spoiled, twice);
      }
    }
    Averaged averaged = (Averaged) outcome;
    double judged = judge(averaged.state());
    return averaged(averaged, judged, (System.nanoTime() - begin) * 1e-9);
  }

  /** NaN where the plan does not ask. */
  private double judge(TrainingState state) {
    return task.plan().isJudged(state.round())
        ? rounds.judge(List.of(Candidate.nearest(state.scales())))[0]
        : Double.NaN;
  }

  private NonFiniteTrainingException nonFinite(TrainingState state, Spoiled first, Spoiled second) {
    return new NonFiniteTrainingException(
        "Cannot go on with round %d of %d: shard %d met %s at step %d, and again, with a fresh"
                .formatted(
                    state.round() + 1,
                    task.plan().rounds(),
                    first.cause().shard(),
                    first.cause().what(),
                    first.cause().step())
            + " optimizer, shard %d met %s at step %d. Look for broken teacher logits in that shard's parts, or lower"
                .formatted(second.cause().shard(), second.cause().what(), second.cause().step())
            + " finetune.learning-rate; the last state is kept.");
  }

  private TrainingState averaged(Averaged averaged, double judged, double seconds) {
    TrainingState state = averaged.state().judged(judged);
    double rate = task.settings().learningRate().rate(state.step() - 1);
    RoundRecord record =
        RoundRecord.of(task.network(), averaged, judged, rate, seconds, rounds.traffic());
    records.add(record);
    FineTuneProgress progress =
        new FineTuneProgress(
            state.round(),
            task.plan().rounds(),
            task.plan().imagesAfter(state.round()),
            task.plan().imagesAfter(task.plan().rounds()),
            averaged.loss(),
            rate,
            averaged.images() / seconds);
    listener.onRound(record, progress, state);
    return state;
  }
}
