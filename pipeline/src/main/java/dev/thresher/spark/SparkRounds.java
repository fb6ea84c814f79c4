package dev.thresher.spark;

import dev.thresher.finetune.Candidate;
import dev.thresher.finetune.FineTuneTask;
import dev.thresher.finetune.FrozenNetworks;
import dev.thresher.finetune.Judge;
import dev.thresher.finetune.RoundOutcome;
import dev.thresher.finetune.RoundRunner;
import dev.thresher.finetune.TrainingNetworks;
import dev.thresher.finetune.TrainingState;
import dev.thresher.finetune.rounding.LayerSums;
import dev.thresher.provenance.Computer;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.CollectionAccumulator;
import org.deeplearning4j.nn.conf.MultiLayerConfiguration;
import org.deeplearning4j.spark.impl.multilayer.SparkDl4jMultiLayer;
import org.nd4j.linalg.dataset.DataSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Rounds on a Spark cluster, driven by DL4J Spark: one task per shard, partition v = shard v.
 *
 * <p>The frozen network is broadcast once; in a round only scales, moments and a few numbers
 * travel. The outcome does not depend on the number of executors, threads, retries or on
 * speculation. Used by one thread.
 */
public final class SparkRounds implements RoundRunner {
  private static final Logger LOG = LoggerFactory.getLogger(SparkRounds.class);

  private final JavaSparkContext context;
  private final FineTuneTask task;
  private final Broadcast<byte[]> network;
  private final CollectionAccumulator<Computer> computers;
  private final SortedSet<Computer> met = new TreeSet<>();
  private final ShardWork work;
  private final ShardAveragingMaster master;
  private final SparkDl4jMultiLayer dl4j;
  private Broadcast<PackedOrigin> origin;

  /** Broadcasts the frozen network. */
  public SparkRounds(JavaSparkContext context, FineTuneTask task) {
    this.context = context;
    this.task = task;
    task.install();
    this.network = context.broadcast(task.networkBytes());
    LOG.info("finetune: broadcast the frozen network once, {} bytes", task.networkSize());
    this.computers = context.sc().collectionAccumulator("computers");
    this.work = new ShardWork(task, network, computers);
    this.master = new ShardAveragingMaster(work);
    MultiLayerConfiguration conf = TrainingNetworks.configuration(task);
    this.dl4j =
        new SparkDl4jMultiLayer(
            context, TrainingNetworks.create(conf, task.initialState()), master);
  }

  @Override
  public RoundOutcome run(TrainingState state) {
    int round = state.round();
    String name = "finetune: round " + (round + 1) + "/" + task.plan().rounds();
    master.prepare(state, task.plan().stepsIn(round));
    RoundOutcome outcome =
        named(
            name,
            () -> {
              dl4j.fit(minibatches(round));
              return master.outcome();
            });
    LOG.info(
        "{}: {} bytes broadcast, {} bytes collected from {} shards",
        name,
        master.traffic().sent(),
        master.traffic().received(),
        task.settings().shards());
    sayMixture();
    return outcome;
  }

  private void sayMixture() {
    boolean isKnown = isMixture();
    met.addAll(computers.value());
    computers.reset();
    if (isMixture() && !isKnown) {
      LOG.warn(
          "Executors compute gradients with different instructions, {}: the result is as good, but"
              + " another run may differ from it by rounding. Use executors of one kind.",
          met);
    }
  }

  private boolean isMixture() {
    return met.stream().anyMatch(one -> !one.computesLike(met.first()));
  }

  /** What the tasks so far have computed with. */
  public SortedSet<Computer> computers() {
    met.addAll(computers.value());
    return new TreeSet<>(met);
  }

  @Override
  public double[] judge(List<Candidate> candidates) {
    int batches = task.plan().judgedBatches();
    ShardWork shipped = work;
    Broadcast<Candidate[]> shared = context.broadcast(candidates.toArray(Candidate[]::new));
    try {
      return named(
          "finetune: judge",
          () ->
              Judge.mean(
                  shards(task.settings().shards())
                      .map(shard -> shipped.judge(shared.value(), shard, batches))
                      .collect()));
    } finally {
      shared.destroy();
    }
  }

  @Override
  public LayerSums measure(String node, Candidate soFar) {
    if (origin == null) {
      origin = context.broadcast(PackedOrigin.of(task.origin()));
    }
    int first = task.plan().firstRoundingStep();
    int steps = task.plan().roundingBatches();
    ShardWork shipped = work;
    Broadcast<PackedOrigin> from = origin;
    Broadcast<Candidate> shared = context.broadcast(soFar);
    try {
      return named(
          "finetune: measure " + node,
          () ->
              shards(task.plan().roundingShards())
                  .map(
                      shard ->
                          shipped.measure(node, shared.value(), from.value(), shard, first, steps))
                  .treeReduce(LayerSums::plus));
    } finally {
      shared.destroy();
    }
  }

  /** Partition v is shard v. */
  private JavaRDD<Integer> shards(int count) {
    return context.parallelize(IntStream.range(0, count).boxed().toList(), count);
  }

  /** Runs jobs under a name, for Spark's pages. */
  private <T> T named(String name, Supplier<T> jobs) {
    context.setJobDescription(name);
    context.setCallSite(name);
    try {
      return jobs.get();
    } finally {
      context.clearCallSite();
      context.setJobDescription(null);
    }
  }

  /** Partition v makes the minibatches of shard v one at a time, where it is trained. */
  private JavaRDD<DataSet> minibatches(int round) {
    int first = task.plan().firstStep(round);
    int steps = task.plan().stepsIn(round);
    ShardWork shipped = work;
    return shards(task.settings().shards())
        .mapPartitions(shard -> shipped.reader(shard.next(), first, steps));
  }

  @Override
  public Traffic traffic() {
    return master.traffic();
  }

  @Override
  public void close() {
    network.destroy();
    if (origin != null) {
      origin.destroy();
    }
    FrozenNetworks.release(task.networkKey());
  }
}
