package dev.thresher.spark;

import dev.thresher.finetune.RoundOutcome;
import dev.thresher.finetune.RoundOutcome.Averaged;
import dev.thresher.finetune.RoundRunner.Traffic;
import dev.thresher.finetune.ShardOutcome;
import dev.thresher.finetune.TrainingNetworks;
import dev.thresher.finetune.TrainingState;
import java.util.Collection;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkEnv;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.deeplearning4j.core.loader.DataSetLoader;
import org.deeplearning4j.core.loader.MultiDataSetLoader;
import org.deeplearning4j.core.storage.StatsStorageRouter;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.optimize.api.TrainingListener;
import org.deeplearning4j.spark.api.TrainingHook;
import org.deeplearning4j.spark.api.TrainingMaster;
import org.deeplearning4j.spark.api.stats.SparkTrainingStats;
import org.deeplearning4j.spark.api.worker.NetBroadcastTuple;
import org.deeplearning4j.spark.impl.graph.SparkComputationGraph;
import org.deeplearning4j.spark.impl.multilayer.SparkDl4jMultiLayer;
import org.nd4j.linalg.dataset.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;
import scala.reflect.ClassTag$;

/**
 * A DL4J Spark training master that averages over logical shards, in shard order.
 *
 * <p>DL4J's own {@code ParameterAveragingTrainingMaster} averages over workers, in float, in the
 * order in which they finish: its result depends on the cluster. This one takes an RDD whose
 * partition v holds the minibatches of shard v, broadcasts the state once, and averages what comes
 * back in double, in the order of the partitions. A retried or speculative task computes the same
 * bytes. Its result for one {@code fit} is in {@link #outcome}. Source: method, section 7.
 */
final class ShardAveragingMaster implements TrainingMaster<ShardResult, ShardWorker> {
  private final ShardWork work;
  private TrainingState before;
  private int steps;
  private RoundOutcome outcome;
  private Traffic traffic = new Traffic(0, 0);
  private Broadcast<NetBroadcastTuple> broadcast;

  ShardAveragingMaster(ShardWork work) {
    this.work = work;
  }

  /** Says what the next {@code fit} starts from. */
  void prepare(TrainingState state, int stepsOfRound) {
    this.before = state;
    this.steps = stepsOfRound;
    this.outcome = null;
  }

  /** What the last {@code fit} gave. */
  RoundOutcome outcome() {
    return outcome;
  }

  /** Bytes of the last {@code fit}. */
  Traffic traffic() {
    return traffic;
  }

  @Override
  public ShardWorker getWorkerInstance(SparkDl4jMultiLayer spark) {
    return new ShardWorker(broadcast, work);
  }

  @Override
  public void executeTraining(SparkDl4jMultiLayer spark, JavaRDD<DataSet> shards) {
    MultiLayerNetwork network = spark.getNetwork();
    TrainingNetworks.load(network, before);
    NetBroadcastTuple tuple =
        new NetBroadcastTuple(
            network.getLayerWiseConfigurations(),
            network.params(),
            network.getUpdater().getStateViewArray());
    broadcast = spark.getSparkContext().broadcast(tuple);
    try {
      ShardWorker worker = getWorkerInstance(spark);
      List<byte[]> results =
          shards.mapPartitions(minibatches -> train(worker, minibatches)).collect();
      traffic = new Traffic(size(tuple), results.stream().mapToLong(result -> result.length).sum());
      List<ShardOutcome> outcomes = results.stream().map(ShardOutcome::decode).toList();
      outcome = RoundOutcome.average(before, outcomes, steps);
    } finally {
      broadcast.destroy();
    }
    if (outcome instanceof Averaged averaged) {
      TrainingNetworks.load(network, averaged.state());
    }
  }

  /**
   * The loop of DL4J's {@code ExecuteWorkerFlatMap}, with two differences: minibatches are taken as
   * they come, never merged, and the training pass is given back also where a step fails.
   */
  private static Iterator<byte[]> train(ShardWorker worker, Iterator<DataSet> minibatches) {
    try {
      if (!minibatches.hasNext()) {
        return List.of(worker.getFinalResultNoData().outcome().encode()).iterator();
      }
      MultiLayerNetwork network = worker.getInitialModel();
      ShardResult result = null;
      while (minibatches.hasNext()) {
        DataSet batch = minibatches.next();
        result = worker.processMinibatch(batch, network, !minibatches.hasNext());
      }
      return List.of(result.outcome().encode()).iterator();
    } finally {
      worker.release();
    }
  }

  private static long size(NetBroadcastTuple tuple) {
    return SparkEnv.get()
        .serializer()
        .newInstance()
        .serialize(tuple, ClassTag$.MODULE$.apply(NetBroadcastTuple.class))
        .remaining();
  }

  private static UnsupportedOperationException refused(String what) {
    return new UnsupportedOperationException(
        "Cannot use "
            + what
            + ": this master trains one MultiLayerNetwork on an RDD of one partition a shard.");
  }

  @Override
  public String toJson() {
    return "{\"shardAveraging\":{\"shards\":" + work.settings().shards() + "}}";
  }

  @Override
  public String toYaml() {
    return "shardAveraging:\n  shards: " + work.settings().shards() + "\n";
  }

  @Override
  public ShardWorker getWorkerInstance(SparkComputationGraph graph) {
    throw refused("a ComputationGraph");
  }

  @Override
  public void executeTrainingPaths(
      SparkDl4jMultiLayer spark,
      SparkComputationGraph graph,
      JavaRDD<String> paths,
      DataSetLoader loader,
      MultiDataSetLoader multiLoader) {
    throw refused("paths of data sets");
  }

  @Override
  public void executeTraining(SparkComputationGraph graph, JavaRDD<DataSet> data) {
    throw refused("a ComputationGraph");
  }

  @Override
  public void executeTrainingMDS(SparkComputationGraph graph, JavaRDD<MultiDataSet> data) {
    throw refused("a ComputationGraph");
  }

  @Override
  public void addHook(TrainingHook hook) {
    throw refused("a training hook");
  }

  @Override
  public void removeHook(TrainingHook hook) {
    throw refused("a training hook");
  }

  @Override
  public void setListeners(Collection<TrainingListener> listeners) {
    throw refused("DL4J listeners");
  }

  @Override
  public void setListeners(StatsStorageRouter router, Collection<TrainingListener> listeners) {
    throw refused("DL4J listeners");
  }

  @Override
  public void setCollectTrainingStats(boolean collect) {
    if (collect) {
      throw refused("DL4J's statistics");
    }
  }

  @Override
  public boolean getIsCollectTrainingStats() {
    return false;
  }

  @Override
  public SparkTrainingStats getTrainingStats() {
    return null;
  }

  /** Nothing is written to disk. */
  @Override
  public boolean deleteTempFiles(JavaSparkContext context) {
    return true;
  }

  @Override
  public boolean deleteTempFiles(SparkContext context) {
    return true;
  }
}
