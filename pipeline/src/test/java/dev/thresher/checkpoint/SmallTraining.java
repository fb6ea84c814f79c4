package dev.thresher.checkpoint;

import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.reference.ReferenceEngine;
import dev.thresher.finetune.CosineRestarts;
import dev.thresher.finetune.Distillation;
import dev.thresher.finetune.FineTuneListener;
import dev.thresher.finetune.FineTuneProgress;
import dev.thresher.finetune.FineTuneSettings;
import dev.thresher.finetune.FineTuneTask;
import dev.thresher.finetune.FineTunedNetwork;
import dev.thresher.finetune.FineTuner;
import dev.thresher.finetune.LocalRounds;
import dev.thresher.finetune.RoundRecord;
import dev.thresher.finetune.Samples;
import dev.thresher.finetune.Samples.Data;
import dev.thresher.finetune.Samples.Pixels;
import dev.thresher.finetune.TrainingState;
import dev.thresher.network.Graph;
import dev.thresher.quantize.Scheme;
import dev.thresher.store.RunStore;
import dev.thresher.store.StoreLocation;
import dev.thresher.store.WriterRecord;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A real fine-tuning of six rounds that takes milliseconds, and its checkpoints in a folder. */
final class SmallTraining {
  static final int ROUNDS = 6;

  private final FineTuneTask task;

  SmallTraining() {
    ReferenceEngine engine = new ReferenceEngine();
    Graph graph = Samples.graph(3);
    Pixels pixels = Pixels.of(5, 12, 9, 12, 11);
    ThresholdedNetwork network = Samples.thresholded(graph, pixels, Scheme.SYMMETRIC, engine);
    FineTuneSettings settings =
        new FineTuneSettings(
            3.3,
            4,
            2,
            3,
            new CosineRestarts(0.01, 1e-4, 1e-7, 7),
            Distillation.ROOT_MEAN_SQUARE,
            16,
            0,
            0,
            17);
    task =
        new FineTuneTask(
            network,
            Data.of(graph, pixels, engine),
            Samples.NORMALIZER,
            settings,
            ReferenceEngine::new);
  }

  static RunStore store(Path folder) {
    return RunStore.open(StoreLocation.of(folder.toUri().toString(), Map.of()), "run");
  }

  /** The run as a driver of this name sees it once it has taken it. */
  static RunStore taken(Path folder, String driver) {
    return store(folder).takeOver(new WriterRecord(0, driver, "here", 1, "now", ""));
  }

  CheckpointStore checkpoints(RunStore store) {
    return new CheckpointStore(store, task, "test", new Retention(2));
  }

  /** Trains from the newest checkpoint to the end, or up to a round. */
  FineTunedNetwork resume(CheckpointStore checkpoints, int lastRound) {
    return train(checkpoints.latest().map(Checkpoint::state), checkpoints, lastRound);
  }

  FineTunedNetwork train(Optional<TrainingState> from, CheckpointStore checkpoints, int lastRound) {
    FineTuneListener listener =
        new FineTuneListener() {
          @Override
          public void onRound(RoundRecord round, FineTuneProgress progress, TrainingState state) {
            checkpoints.save(state, round);
            if (state.round() == lastRound) {
              throw new Stopped();
            }
          }
        };
    try (LocalRounds rounds = new LocalRounds(task)) {
      return FineTuner.finetune(task, rounds, from, listener);
    }
  }

  /** What a training that nobody disturbs comes to. */
  float[] undisturbed() {
    return rounds().get(ROUNDS - 1).state().result();
  }

  /** A round of that training, as its driver saves it. */
  record Round(TrainingState state, RoundRecord record) {}

  List<Round> rounds() {
    List<Round> all = new ArrayList<>();
    FineTuneListener listener =
        new FineTuneListener() {
          @Override
          public void onRound(RoundRecord round, FineTuneProgress progress, TrainingState state) {
            all.add(new Round(state, round));
          }
        };
    try (LocalRounds rounds = new LocalRounds(task)) {
      FineTuner.finetune(task, rounds, Optional.empty(), listener);
    }
    return all;
  }

  /** The driver ended here. */
  static final class Stopped extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }
}
