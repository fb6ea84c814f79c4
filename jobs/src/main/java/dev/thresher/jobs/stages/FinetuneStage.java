package dev.thresher.jobs.stages;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import dev.thresher.checkpoint.Checkpoint;
import dev.thresher.checkpoint.CheckpointStore;
import dev.thresher.checkpoint.Retention;
import dev.thresher.engine.Engine;
import dev.thresher.engine.EngineMemory;
import dev.thresher.engine.Engines;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.Rounding;
import dev.thresher.engine.Rounding.Layer;
import dev.thresher.engine.RoundingCodec;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.ThresholdedNetworkCodec;
import dev.thresher.finetune.CosineRestarts;
import dev.thresher.finetune.EngineSource;
import dev.thresher.finetune.FineTuneListener;
import dev.thresher.finetune.FineTuneProgress;
import dev.thresher.finetune.FineTuneSettings;
import dev.thresher.finetune.FineTuneTask;
import dev.thresher.finetune.FineTunedNetwork;
import dev.thresher.finetune.FineTuner;
import dev.thresher.finetune.PixelNormalizer;
import dev.thresher.finetune.RoundPlan;
import dev.thresher.finetune.RoundRecord;
import dev.thresher.finetune.TrainingMemory;
import dev.thresher.finetune.TrainingState;
import dev.thresher.jobs.Context;
import dev.thresher.jobs.Progress;
import dev.thresher.jobs.Stage;
import dev.thresher.jobs.StageOutput;
import dev.thresher.jobs.config.Settings;
import dev.thresher.network.Graph;
import dev.thresher.network.GraphCodec;
import dev.thresher.provenance.Build;
import dev.thresher.provenance.Computer;
import dev.thresher.quantize.Granularity;
import dev.thresher.sample.PreparedParts;
import dev.thresher.spark.DistillationData;
import dev.thresher.spark.SamplePixels;
import dev.thresher.spark.SparkRounds;
import dev.thresher.spark.TeacherStage;
import dev.thresher.store.ObjectRecord;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.api.java.JavaSparkContext;

/** Trains the threshold scales against the float network's logits, a checkpoint every round. */
public final class FinetuneStage implements Stage {
  private static final String SCALES_KEY = "finetune/scales.f32";
  private static final String ROUNDING_KEY = "finetune/weights.rounding";
  private static final String COMPUTERS = "computers";
  private static final String ROUNDS_KEY = "finetune/rounds.json";

  /**
   * Where the decay is not given, the learning rate falls by this factor over the planned steps. A
   * scale starts on its upper limit, so noise moves it one way only, and must have died down when
   * training ends. Measured on the three networks of the paper.
   */
  private static final double ANNEALING = 25;

  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(SerializationFeature.INDENT_OUTPUT)
          .setPropertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE);

  @Override
  public String name() {
    return "finetune";
  }

  @Override
  public List<String> needs() {
    return List.of("sample", "calibrate");
  }

  @Override
  public void validate(Context context) {
    if (context.settings().finetune().epochs() > 0) {
      settings(context.settings(), 1);
      requireMemory(context);
    }
  }

  @Override
  public StageOutput run(Context context) {
    ThresholdedNetwork network = network(context);
    if (context.settings().finetune().epochs() == 0) {
      return output(
          context,
          network.initialScales(),
          Rounding.NEAREST,
          List.of(),
          Map.of(
              "images_per_second",
              0.0,
              "images_trained",
              0L,
              "broadcast_bytes",
              0L,
              "result_round",
              0));
    }
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(context.spark().sparkContext());
    PreparedParts parts = ImageSet.TRAIN.open(context);
    SamplePixels pixels = new SamplePixels(parts);
    PixelNormalizer normalizer = pixels.normalizer();
    String engineName = context.engine();
    EngineSource engine = () -> Engines.select(engineName);
    DistillationData data;
    try (Counted done = new Counted(context, "teacher", parts.manifest().images())) {
      data =
          TeacherStage.run(
              spark, teacher(context), pixels, normalizer, engine, context.store(), done.counter());
    }
    FineTuneTask task =
        new FineTuneTask(
            network,
            CalibrateStage.origin(context),
            data,
            normalizer,
            settings(context.settings(), parts.manifest().images()),
            engine);
    task.plan().excess().ifPresent(says -> context.progress().say("finetune: " + says));
    Retention retention = new Retention(context.settings().finetune().keepCheckpoints());
    CheckpointStore checkpoints =
        new CheckpointStore(context.store(), task, Build.version(), retention);
    Optional<Checkpoint> latest = checkpoints.latest();
    List<RoundRecord> rounds = new ArrayList<>();
    latest.ifPresent(checkpoint -> resumed(context, checkpoint, rounds));
    int resumed = latest.map(checkpoint -> checkpoint.state().round()).orElse(0);
    try (SparkRounds runner = new SparkRounds(spark, task);
        Rounds listener = new Rounds(context, task, checkpoints, rounds, resumed)) {
      FineTunedNetwork tuned =
          FineTuner.finetune(
              task,
              runner,
              latest.map(Checkpoint::state).or(() -> forked(context, task)),
              listener);
      sayWhichIsKept(context, tuned.resultRound(), task.plan().rounds());
      return output(
          context,
          tuned.scales(),
          tuned.rounding(),
          rounds,
          Map.of(
              "images_per_second",
              imagesPerSecond(rounds),
              "images_trained",
              parts.manifest().images(),
              "broadcast_bytes",
              task.networkSize(),
              "result_round",
              tuned.resultRound(),
              COMPUTERS,
              JSON.<JsonNode>valueToTree(runner.computers())));
    }
  }

  /** Of the rounds alone: neither the float pass nor the choice of integers counts. */
  private static double imagesPerSecond(List<RoundRecord> rounds) {
    return rounds.stream().mapToLong(RoundRecord::images).sum()
        / rounds.stream().mapToDouble(RoundRecord::seconds).sum();
  }

  private static void sayWhichIsKept(Context context, int resultRound, int rounds) {
    if (resultRound < rounds) {
      String kept =
          resultRound == 0
              ? "finetune: no round was judged better than what training began with, which is kept"
              : "finetune: the state after round " + resultRound + " was judged best, and is kept";
      context.progress().say(kept);
    }
  }

  /** Executors know their own limit; a process that is this one can be held to it now. */
  private static void requireMemory(Context context) {
    Settings settings = context.settings();
    int plans = Math.max(1, Math.min(context.localTasks(), settings.finetune().shards()));
    if (context.localTasks() > 0 || settings.engineMemory().isPresent()) {
      Engine engine = Engines.select(context.engine());
      long bytes =
          new TrainingMemory(engine, shapes(context), settings.quantize())
              .require(settings.finetune().batch(), plans);
      context
          .progress()
          .say(
              "finetune: plans take %s for each of %d tasks"
                  .formatted(EngineMemory.size(bytes), plans));
    }
  }

  /** The network's shapes: as calibrated, or before that as the model has them. */
  static Graph shapes(Context context) {
    return context.committedIfAny("calibrate").isPresent()
        ? network(context).graph()
        : FloatModel.folded(context).graph();
  }

  /** Another run's scales with a fresh optimizer at the first step. */
  private static Optional<TrainingState> forked(Context context, FineTuneTask task) {
    return context
        .settings()
        .finetune()
        .fork()
        .map(
            point -> {
              TrainingState other = point.state(context.store().sibling(point.run()));
              TrainingState begin = TrainingState.initial(other.networkHash(), other.scales());
              task.requireFitting(begin);
              context.progress().say("finetune: begins with the scales of " + point);
              return begin;
            });
  }

  private static void resumed(Context context, Checkpoint checkpoint, List<RoundRecord> rounds) {
    rounds.addAll(checkpoint.rounds());
    checkpoint
        .damaged()
        .forEach(message -> context.progress().say("finetune: passed over: " + message));
    context.progress().say("finetune: resumes after round " + checkpoint.state().round());
  }

  private static FineTuneSettings settings(Settings all, long images) {
    Settings.Finetune finetune = all.finetune();
    int steps = RoundPlan.steps(finetune.epochs(), images, finetune.shards(), finetune.batch());
    return new FineTuneSettings(
        finetune.epochs(),
        finetune.batch(),
        finetune.shards(),
        finetune.stepsPerRound(),
        new CosineRestarts(
            finetune.learningRate(),
            finetune.learningRateDecay().orElse(Math.log(ANNEALING) / steps),
            finetune.learningRateFloor(),
            finetune.cycleSteps()),
        finetune.loss().distillation(),
        finetune.judgedImages(),
        searchPasses(all),
        finetune.roundingImages(),
        all.run().seed());
  }

  /** Where the number is not given, whole tensors are searched once. */
  private static int searchPasses(Settings all) {
    int automatic = all.quantize().granularity() == Granularity.PER_TENSOR ? 1 : 0;
    int judged = all.finetune().judgedImages();
    return all.finetune().searchPasses().orElse(judged == 0 ? 0 : automatic);
  }

  /** What calibrate committed. */
  static ThresholdedNetwork network(Context context) {
    ObjectRecord record = context.committed("calibrate").object(CalibrateStage.THRESHOLDED_KEY);
    return ThresholdedNetworkCodec.decode(context.store().read(record));
  }

  /** The folded float network, as it was before rescaling. */
  static Graph teacher(Context context) {
    ObjectRecord record = context.committed("calibrate").object(CalibrateStage.FLOAT_KEY);
    return GraphCodec.decode(context.store().read(record));
  }

  /** The trained vector that this stage committed. */
  static float[] scales(Context context) {
    ObjectRecord record = context.committed("finetune").object(SCALES_KEY);
    ByteBuffer bytes = ByteBuffer.wrap(context.store().read(record)).order(ByteOrder.LITTLE_ENDIAN);
    float[] scales = new float[bytes.remaining() / Float.BYTES];
    bytes.asFloatBuffer().get(scales);
    return scales;
  }

  /** The integers that this stage committed. */
  static IntegerNetwork integers(Context context) {
    ObjectRecord rounding = context.committed("finetune").object(ROUNDING_KEY);
    return IntegerNetwork.of(
        network(context), scales(context), RoundingCodec.decode(context.store().read(rounding)));
  }

  /** What the process that committed this stage had its tasks compute with. */
  static List<Computer> computers(Context context) {
    JsonNode computers = context.committed("finetune").facts().path(COMPUTERS);
    return computers.isMissingNode()
        ? List.of()
        : JSON.convertValue(computers, new TypeReference<List<Computer>>() {});
  }

  /** The rounds that this stage committed. */
  static List<RoundRecord> rounds(Context context) {
    ObjectRecord record = context.committed("finetune").object(ROUNDS_KEY);
    try {
      return JSON.readValue(
          context.store().read(record), new TypeReference<List<RoundRecord>>() {});
    } catch (IOException e) {
      throw new IllegalStateException("Cannot read " + ROUNDS_KEY + ": " + e.getMessage(), e);
    }
  }

  private static StageOutput output(
      Context context,
      float[] scales,
      Rounding rounding,
      List<RoundRecord> rounds,
      Map<String, ?> facts) {
    ByteBuffer bytes =
        ByteBuffer.allocate(Float.BYTES * scales.length).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(scales);
    byte[] json;
    try {
      json = JSON.writeValueAsBytes(rounds);
    } catch (IOException e) {
      throw new IllegalStateException("Cannot write the rounds: " + e.getMessage(), e);
    }
    Map<String, Object> all = new TreeMap<>(facts);
    all.put("weights_moved", rounding.layers().values().stream().mapToLong(Layer::moved).sum());
    return new StageOutput(
        List.of(
            context.store().write(SCALES_KEY, bytes.array()),
            context.store().write(ROUNDING_KEY, RoundingCodec.encode(rounding)),
            context.store().write(ROUNDS_KEY, json)),
        all);
  }

  /** Commits each round and shows how far training is. */
  private static final class Rounds implements FineTuneListener, AutoCloseable {
    private final Context context;
    private final CheckpointStore checkpoints;
    private final List<RoundRecord> rounds;
    private final Progress.Work work;
    private final int shards;
    private long images;

    Rounds(
        Context context,
        FineTuneTask task,
        CheckpointStore checkpoints,
        List<RoundRecord> rounds,
        int resumed) {
      this.context = context;
      this.checkpoints = checkpoints;
      this.rounds = rounds;
      this.shards = task.settings().shards();
      context
          .progress()
          .say(
              "finetune: the network goes to each executor once, %d bytes"
                  .formatted(task.networkSize()));
      long total = task.plan().imagesAfter(task.plan().rounds());
      this.work =
          context.progress().begin("finetune", total - task.plan().imagesAfter(resumed), "images");
    }

    @Override
    public void onRound(RoundRecord round, FineTuneProgress progress, TrainingState state) {
      checkpoints.save(state, round);
      rounds.add(round);
      if (images == 0) {
        context
            .progress()
            .say(
                "finetune: a round sends %d bytes to each executor and gets %d from each of %d shards"
                    .formatted(round.bytesSent(), round.bytesReceived() / shards, shards));
      }
      images += round.images();
      work.advance(round.images());
      context
          .progress()
          .round(progress.round(), progress.rounds(), round.loss(), round.learningRate());
      context
          .progress()
          .say(
              "finetune: round %d/%d, loss %.4f, learning rate %.2e%s"
                  .formatted(
                      progress.round(),
                      progress.rounds(),
                      round.loss(),
                      round.learningRate(),
                      Double.isNaN(round.judgedLoss())
                          ? ""
                          : ", judged %.4f".formatted(round.judgedLoss())));
    }

    @Override
    public void onSearch(int done, int total, double loss) {
      if (done % 10 == 0 || done == total) {
        context
            .progress()
            .say(
                "finetune: searched %d/%d thresholds of weight tensors, judged %.4f"
                    .formatted(done, total, loss));
      }
    }

    @Override
    public void onFitted(int done, int total) {
      if (done % 10 == 0 || done == total) {
        context
            .progress()
            .say("finetune: chose the integers of %d/%d layers".formatted(done, total));
      }
    }

    @Override
    public void onRounding(double nearest, double fitted, boolean kept) {
      context
          .progress()
          .say(
              "finetune: judged %.4f with every weight rounded to its nearest integer, %.4f with those chosen: %s"
                  .formatted(nearest, fitted, kept ? "these are kept" : "the nearest are kept"));
    }

    @Override
    public void onRollback(
        dev.thresher.finetune.ShardOutcome.NonFinite cause, TrainingState state) {
      context.progress().repeated();
      context
          .progress()
          .say(
              "finetune: shard %d met %s at step %d; the round is done again with a fresh optimizer"
                  .formatted(cause.shard(), cause.what(), cause.step()));
    }

    @Override
    public void close() {
      work.close();
    }
  }
}
