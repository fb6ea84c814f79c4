package dev.thresher.spark;

import dev.thresher.finetune.FineTuneSettings;
import dev.thresher.finetune.ShardTrainer;
import java.util.Objects;
import org.apache.spark.TaskContext;
import org.apache.spark.broadcast.Broadcast;
import org.deeplearning4j.nn.graph.ComputationGraph;
import org.deeplearning4j.nn.multilayer.MultiLayerNetwork;
import org.deeplearning4j.spark.api.TrainingHook;
import org.deeplearning4j.spark.api.TrainingWorker;
import org.deeplearning4j.spark.api.WorkerConfiguration;
import org.deeplearning4j.spark.api.stats.SparkTrainingStats;
import org.deeplearning4j.spark.api.worker.NetBroadcastTuple;
import org.nd4j.common.primitives.Pair;
import org.nd4j.linalg.dataset.api.DataSet;
import org.nd4j.linalg.dataset.api.MultiDataSet;

/**
 * A DL4J Spark worker that trains one logical shard: the averaged state comes in DL4J's broadcast
 * tuple, the steps are {@link ShardTrainer}'s. One instance per task.
 */
final class ShardWorker implements TrainingWorker<ShardResult> {
  private static final long serialVersionUID = 1L;

  private final Broadcast<NetBroadcastTuple> state;
  private final ShardWork work;
  private transient ShardTrainer trainer;

  ShardWorker(Broadcast<NetBroadcastTuple> state, ShardWork work) {
    this.state = state;
    this.work = work;
  }

  @Override
  public MultiLayerNetwork getInitialModel() {
    work.install();
    NetBroadcastTuple tuple = state.value();
    MultiLayerNetwork network = new MultiLayerNetwork(tuple.getConfiguration().clone());
    network.init(tuple.getParameters().dup('c'), false);
    // A fresh updater's state view is the network's own; the broadcast arrays stay as they are.
    network.getUpdater().getStateViewArray().assign(tuple.getUpdaterState());
    FineTuneSettings settings = work.settings();
    trainer = new ShardTrainer(settings, network);
    return network;
  }

  @Override
  public ShardResult processMinibatch(DataSet batch, MultiLayerNetwork network, boolean last) {
    trainer.step(batch);
    return last ? getFinalResult(network) : null;
  }

  @Override
  public ShardResult getFinalResult(MultiLayerNetwork network) {
    return new ShardResult(trainer.outcome(TaskContext.getPartitionId()));
  }

  /** Gives the training pass back; also where a step failed. */
  void release() {
    if (trainer != null) {
      trainer.close();
    }
  }

  @Override
  public ShardResult getFinalResultNoData() {
    throw new IllegalStateException(
        "Cannot train shard " + TaskContext.getPartitionId() + ": it got no minibatch.");
  }

  @Override
  public WorkerConfiguration getDataConfiguration() {
    int batch = work.settings().batch();
    return new WorkerConfiguration(false, batch, batch, Integer.MAX_VALUE, 0, false);
  }

  @Override
  public long getInstanceId() {
    return TaskContext.getPartitionId();
  }

  @Override
  public void addHook(TrainingHook hook) {
    throw hooks(hook);
  }

  @Override
  public void removeHook(TrainingHook hook) {
    throw hooks(hook);
  }

  private static UnsupportedOperationException hooks(TrainingHook hook) {
    return new UnsupportedOperationException(
        "Cannot hook " + Objects.toString(hook) + " into a shard: its steps are fixed.");
  }

  private static UnsupportedOperationException graphs() {
    return new UnsupportedOperationException(
        "Cannot train a ComputationGraph or a MultiDataSet: threshold scales are the parameters of"
            + " one MultiLayerNetwork.");
  }

  private static UnsupportedOperationException statistics() {
    return new UnsupportedOperationException(
        "Cannot collect DL4J's statistics: a shard's seconds travel in its outcome.");
  }

  @Override
  public ComputationGraph getInitialModelGraph() {
    throw graphs();
  }

  @Override
  public ShardResult processMinibatch(DataSet batch, ComputationGraph graph, boolean last) {
    throw graphs();
  }

  @Override
  public ShardResult processMinibatch(MultiDataSet batch, ComputationGraph graph, boolean last) {
    throw graphs();
  }

  @Override
  public ShardResult getFinalResult(ComputationGraph graph) {
    throw graphs();
  }

  @Override
  public Pair<ShardResult, SparkTrainingStats> processMinibatchWithStats(
      DataSet batch, MultiLayerNetwork network, boolean last) {
    throw statistics();
  }

  @Override
  public Pair<ShardResult, SparkTrainingStats> processMinibatchWithStats(
      DataSet batch, ComputationGraph graph, boolean last) {
    throw graphs();
  }

  @Override
  public Pair<ShardResult, SparkTrainingStats> processMinibatchWithStats(
      MultiDataSet batch, ComputationGraph graph, boolean last) {
    throw graphs();
  }

  @Override
  public Pair<ShardResult, SparkTrainingStats> getFinalResultNoDataWithStats() {
    throw statistics();
  }

  @Override
  public Pair<ShardResult, SparkTrainingStats> getFinalResultWithStats(MultiLayerNetwork network) {
    throw statistics();
  }

  @Override
  public Pair<ShardResult, SparkTrainingStats> getFinalResultWithStats(ComputationGraph graph) {
    throw graphs();
  }
}
