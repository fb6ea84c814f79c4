package dev.thresher.finetune;

import dev.thresher.finetune.ShardOutcome.NonFinite;
import dev.thresher.finetune.ShardOutcome.Trained;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.nd4j.linalg.dataset.api.DataSet;

/**
 * The steps of one shard in one round, the same on Spark and in a single JVM: clear Adam's moments
 * where a cycle starts, {@code fit}, check that loss and scales are finite. Used by one thread;
 * {@link #close} gives the training pass back.
 */
public final class ShardTrainer implements AutoCloseable {
  private final FineTuneSettings settings;
  private final MultiLayerNetwork network;
  private final long begin = System.nanoTime();
  private double losses;
  private int steps;
  private String nonFinite;

  /** Starts from the state that the network is in. */
  public ShardTrainer(FineTuneSettings settings, MultiLayerNetwork network) {
    this.settings = settings;
    this.network = network;
  }

  /** Takes one optimizer step; after NaN or infinity there are no more. */
  public void step(DataSet batch) {
    if (nonFinite != null) {
      return;
    }
    restartWhereDue();
    try {
      network.fit(batch);
    } finally {
      batch.getFeatures().close();
      batch.getLabels().close();
    }
    steps++;
    losses += network.score();
    check();
  }

  private int globalStep() {
    return network.getEpochCount() + network.getIterationCount();
  }

  private void restartWhereDue() {
    int step = globalStep();
    if (settings.learningRate().restartsAt(step)) {
      TrainingNetworks.moments(network).assign(0);
      network.setEpochCount(step);
      network.setIterationCount(0);
    }
  }

  private void check() {
    if (!Double.isFinite(network.score())) {
      nonFinite = "loss " + network.score();
      return;
    }
    float[] scales = NdFloats.of(network.params());
    for (int i = 0; i < scales.length; i++) {
      if (!Float.isFinite(scales[i])) {
        nonFinite = "scale " + i + " " + scales[i];
        return;
      }
    }
  }

  /** What the shard brings back. */
  public ShardOutcome outcome(int shard) {
    long images = (long) steps * settings.batch();
    double seconds = (System.nanoTime() - begin) * 1e-9;
    if (nonFinite != null) {
      return new NonFinite(shard, images, seconds, globalStep() - 1, nonFinite);
    }
    return new Trained(
        shard,
        images,
        seconds,
        NdFloats.of(network.params()),
        NdFloats.of(TrainingNetworks.moments(network)),
        network.getEpochCount(),
        losses / steps);
  }

  /** Bytes held for a step beside the minibatch: plan, scales, their gradient and moments. */
  public long bytes() {
    long scales = network.params().length() + TrainingNetworks.moments(network).length();
    long gradients = network.getFlattenedGradients().length();
    return TrainingNetworks.computation(network).bytes() + Float.BYTES * (scales + gradients);
  }

  @Override
  public void close() {
    TrainingNetworks.computation(network).release();
  }
}
