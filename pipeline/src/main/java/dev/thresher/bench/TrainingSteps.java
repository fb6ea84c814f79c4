package dev.thresher.bench;

import dev.thresher.engine.Engine;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.finetune.CosineRestarts;
import dev.thresher.finetune.FineTuneSettings;
import dev.thresher.finetune.FineTuneTask;
import dev.thresher.finetune.FrozenNetworks;
import dev.thresher.finetune.MinibatchReader;
import dev.thresher.finetune.ShardTrainer;
import dev.thresher.finetune.TrainingNetworks;

/**
 * Optimizer steps as a run takes them, one shard for each thread: the minibatch is read from
 * prepared pixels in memory, teacher logits are known, DL4J drives forward, loss, backward and
 * Adam.
 */
final class TrainingSteps implements AutoCloseable {
  /** No measurement takes so many. */
  private static final int STEPS = 1 << 28;

  private final TimedEngine engine;
  private final FineTuneTask task;

  TrainingSteps(
      Engine engine, ThresholdedNetwork network, RandomImages images, BenchSettings settings) {
    this.engine = new TimedEngine(engine);
    TimedEngine timed = this.engine;
    FineTuneSettings tuning =
        new FineTuneSettings(
            1,
            settings.batch(),
            settings.threads(),
            STEPS,
            CosineRestarts.PAPER,
            settings.distillation(),
            0,
            0,
            0,
            1);
    this.task = new FineTuneTask(network, images, RandomImages.NORMALIZER, tuning, () -> timed);
    task.install();
  }

  Work open(int thread) {
    return new Steps(thread);
  }

  @Override
  public void close() {
    FrozenNetworks.release(task.networkKey());
  }

  private final class Steps implements Work {
    private final MinibatchReader reader;
    private final ShardTrainer trainer;

    Steps(int shard) {
      int imageSize = task.network().graph().inputShape().size();
      this.reader =
          new MinibatchReader(
              task.data(),
              task.normalizer(),
              task.settings(),
              shard,
              0,
              STEPS,
              imageSize,
              task.classes());
      this.trainer =
          new ShardTrainer(
              task.settings(),
              TrainingNetworks.create(TrainingNetworks.configuration(task), task.initialState()));
    }

    @Override
    public void step() {
      trainer.step(reader.next());
    }

    @Override
    public long bytes() {
      return reader.bytes() + trainer.bytes();
    }

    @Override
    public Split split() {
      return engine.split();
    }

    @Override
    public void close() {
      trainer.close();
    }
  }
}
