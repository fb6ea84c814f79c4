package dev.thresher.finetune;

import dev.thresher.finetune.rounding.LayerSums;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;

/** The shards one after another in this thread, with the worker code that Spark runs. */
public final class LocalRounds implements RoundRunner {
  private final FineTuneTask task;
  private final MultiLayerConfiguration conf;

  /** Installs the frozen network. */
  public LocalRounds(FineTuneTask task) {
    this.task = task;
    task.install();
    this.conf = TrainingNetworks.configuration(task);
  }

  @Override
  public RoundOutcome run(TrainingState state) {
    List<ShardOutcome> outcomes = new ArrayList<>();
    for (int shard = 0; shard < task.settings().shards(); shard++) {
      MultiLayerNetwork network = TrainingNetworks.create(conf, state);
      try (ShardTrainer trainer = new ShardTrainer(task.settings(), network)) {
        reader(shard, state.step(), task.plan().stepsIn(state.round()))
            .forEachRemaining(trainer::step);
        outcomes.add(trainer.outcome(shard));
      }
    }
    return RoundOutcome.average(state, outcomes, task.plan().stepsIn(state.round()));
  }

  @Override
  public double[] judge(List<Candidate> candidates) {
    int batches = task.plan().judgedBatches();
    List<double[]> losses = new ArrayList<>();
    for (int i = 0; i < task.settings().shards(); i++) {
      int shard = i;
      losses.add(
          Judge.losses(
              task.networkKey(), task.settings(), candidates, () -> reader(shard, 0, batches)));
    }
    return Judge.mean(losses);
  }

  @Override
  public LayerSums measure(String node, Candidate soFar) {
    int first = task.plan().firstRoundingStep();
    int steps = task.plan().roundingBatches();
    return IntStream.range(0, task.plan().roundingShards())
        .mapToObj(
            shard ->
                LayerMeasurement.of(
                    task.networkKey(),
                    task.origin(),
                    soFar,
                    node,
                    () -> reader(shard, first, steps)))
        .reduce(LayerSums::plus)
        .orElseThrow();
  }

  private MinibatchReader reader(int shard, int first, int steps) {
    return new MinibatchReader(
        task.data(),
        task.normalizer(),
        task.settings(),
        shard,
        first,
        steps,
        task.network().graph().inputShape().size(),
        task.classes());
  }

  @Override
  public Traffic traffic() {
    return new Traffic(0, 0);
  }

  @Override
  public void close() {
    FrozenNetworks.release(task.networkKey());
  }
}
