package dev.thresher.spark;

import dev.thresher.engine.Engine;
import dev.thresher.engine.ThresholdedNetworkCodec;
import dev.thresher.finetune.Candidate;
import dev.thresher.finetune.EngineSource;
import dev.thresher.finetune.FineTuneException;
import dev.thresher.finetune.FineTuneSettings;
import dev.thresher.finetune.FineTuneTask;
import dev.thresher.finetune.FrozenNetworks;
import dev.thresher.finetune.Judge;
import dev.thresher.finetune.LayerMeasurement;
import dev.thresher.finetune.MinibatchReader;
import dev.thresher.finetune.PixelNormalizer;
import dev.thresher.finetune.ShardData;
import dev.thresher.finetune.rounding.LayerSums;
import dev.thresher.provenance.Computer;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.CollectionAccumulator;

/**
 * What an executor needs to train shards, the same in every round; weights stay in the broadcast.
 */
final class ShardWork implements Serializable {
  private static final long serialVersionUID = 1L;

  private final String networkKey;
  private final String engineName;
  private final Broadcast<byte[]> network;
  private final CollectionAccumulator<Computer> computers;
  private final EngineSource engine;
  private final ShardData data;
  private final PixelNormalizer normalizer;
  private final FineTuneSettings settings;
  private final int imageSize;
  private final int classes;

  /**
   * Work on the network of a task.
   *
   * @param computers told by every task what it computes with
   */
  ShardWork(
      FineTuneTask task, Broadcast<byte[]> network, CollectionAccumulator<Computer> computers) {
    this.networkKey = task.networkKey();
    this.engineName = task.engineName();
    this.network = network;
    this.computers = computers;
    this.engine = task.engine();
    this.data = task.data();
    this.normalizer = task.normalizer();
    this.settings = task.settings();
    this.imageSize = task.network().graph().inputShape().size();
    this.classes = task.classes();
  }

  /** Decodes the broadcast network and opens the engine for it, once in this JVM. */
  void install() {
    FrozenNetworks.install(
        networkKey, () -> ThresholdedNetworkCodec.decode(network.value()), this::openEngine);
    Engine opened = engine.open();
    computers.add(Computer.here(opened.name(), opened.instructionSet()));
  }

  /** Engines agree to rounding only: a mixture would make results depend on the cluster. */
  private Engine openEngine() {
    Engine opened = engine.open();
    if (!opened.name().equals(engineName)) {
      throw new FineTuneException(
          "Cannot train on this executor with engine "
              + opened.name()
              + ": the driver has "
              + engineName
              + ", and one run computes with one engine. Set engine to one that all machines have.");
    }
    return opened;
  }

  MinibatchReader reader(int shard, int first, int steps) {
    return new MinibatchReader(data, normalizer, settings, shard, first, steps, imageSize, classes);
  }

  /** Mean loss of quantizations over the first minibatches of a shard. */
  double[] judge(Candidate[] candidates, int shard, int batches) {
    install();
    return Judge.losses(networkKey, settings, List.of(candidates), () -> reader(shard, 0, batches));
  }

  /** A layer measured on some minibatches of a shard. */
  LayerSums measure(
      String node, Candidate soFar, PackedOrigin origin, int shard, int first, int steps) {
    install();
    return LayerMeasurement.of(
        networkKey, origin.open(), soFar, node, () -> reader(shard, first, steps));
  }

  FineTuneSettings settings() {
    return settings;
  }
}
