package dev.thresher.jobs.stages;

import dev.thresher.engine.Engine;
import dev.thresher.engine.Engines;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.IntegerNetworkCodec;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.evaluate.DeviceFigures;
import dev.thresher.evaluate.Doubts;
import dev.thresher.evaluate.Evaluation;
import dev.thresher.evaluate.EvaluationMemory;
import dev.thresher.evaluate.EvaluationSummary;
import dev.thresher.evaluate.Evaluator;
import dev.thresher.evaluate.Evaluator.Candidate;
import dev.thresher.evaluate.LayerStudy;
import dev.thresher.evaluate.Ranking;
import dev.thresher.evaluate.Summary;
import dev.thresher.jobs.Context;
import dev.thresher.jobs.Stage;
import dev.thresher.jobs.StageOutput;
import dev.thresher.jobs.config.Settings;
import dev.thresher.network.GraphCodec;
import dev.thresher.provenance.Computer;
import dev.thresher.provenance.Environment;
import dev.thresher.provenance.Provenance;
import dev.thresher.sample.PreparedParts;
import dev.thresher.sample.SampleManifest;
import dev.thresher.spark.EvaluateParts;
import dev.thresher.spark.StudyParts;
import dev.thresher.store.ObjectRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.CollectionAccumulator;

/**
 * Compares the quantized network, untrained and trained, with the float one; writes the figures.
 */
public final class EvaluateStage implements Stage {
  /** Tasks for each core: evens out the load without making passes for every part. */
  private static final int TASKS_PER_CORE = 3;

  /** A task counts its images when it ends: many parts are more tasks, so that progress is seen. */
  private static final int PARTS_OF_A_TASK = 16;

  /** Untrained and trained. */
  private static final int CANDIDATES = 2;

  @Override
  public String name() {
    return "evaluate";
  }

  @Override
  public List<String> needs() {
    return List.of("sample", "calibrate", "finetune", "export");
  }

  @Override
  public void validate(Context context) {
    Settings settings = context.settings();
    if (context.localTasks() > 0 || settings.engineMemory().isPresent()) {
      new EvaluationMemory(
              Engines.select(context.engine()),
              FinetuneStage.shapes(context),
              settings.quantize(),
              CANDIDATES)
          .require(settings.evaluate().batch(), Math.max(1, context.localTasks()));
    }
  }

  @Override
  public StageOutput run(Context context) {
    long begin = System.nanoTime();
    boolean validated = ImageSet.VALIDATION.isIn(context);
    ImageSet set = validated ? ImageSet.VALIDATION : ImageSet.TRAIN;
    PreparedParts parts = set.open(context);
    if (!validated) {
      context.progress().say("evaluate: no data.validation is given; comparing on the sample");
    }
    CollectionAccumulator<Computer> computers =
        context.spark().sparkContext().collectionAccumulator("computers");
    Evaluation evaluation = evaluate(context, set, parts, computers);
    Doubts.of(evaluation).forEach(doubt -> context.progress().say("evaluate: " + doubt));
    LayerStudy study = study(context, parts);
    DeviceFigures device = DeviceStudy.of(context, set, parts);
    EvaluationSummary figures = EvaluationSummary.of(set.id(), evaluation, study.images());
    List<ObjectRecord> objects =
        new ArrayList<>(
            Metrics.write(context, new Metrics.Results(set, evaluation, figures, study)));
    Engine engine = Engines.select(context.engine());
    List<Computer> met = new ArrayList<>(FinetuneStage.computers(context));
    met.addAll(computers.value());
    Environment environment =
        Environment.of(context.store().runId(), engine.name(), context.configuration().hash(), met);
    byte[] provenance = new Provenance(Origins.of(context), environment).json();
    objects.add(context.store().write("provenance.json", provenance));
    double seconds = (System.nanoTime() - begin) / 1e9;
    Summary summary = Summaries.of(context, figures, device, engine.name(), seconds);
    objects.add(context.store().write(Summaries.KEY, summary.json()));
    return new StageOutput(objects, Map.of());
  }

  /**
   * Where nothing tells the network's classes, a label is the rank of an image's class among those
   * found: in a set of fewer classes it means something else, and Top-1 would be wrong instead of
   * absent.
   */
  static boolean labelsAreKnown(Context context, PreparedParts parts) {
    SampleManifest manifest = parts.manifest();
    int outputs = FinetuneStage.teacher(context).classes();
    boolean known = labelsAreKnown(manifest.ranked(), manifest.classes(), outputs);
    if (!known) {
      context
          .progress()
          .say(
              "evaluate: data.validation has %d classes, the network has %d outputs, and data.labels is not set: no Top-1"
                  .formatted(manifest.classes(), outputs));
    }
    return known;
  }

  /**
   * Whether labels are the network's.
   *
   * @param ranked images whose label is a rank
   * @param found classes
   * @param outputs classes of the network
   */
  static boolean labelsAreKnown(int ranked, int found, int outputs) {
    return ranked == 0 || found == Ranking.classes(outputs);
  }

  private static Evaluation evaluate(
      Context context,
      ImageSet set,
      PreparedParts parts,
      CollectionAccumulator<Computer> computers) {
    JavaSparkContext spark = JavaSparkContext.fromSparkContext(context.spark().sparkContext());
    Broadcast<byte[]> floats = spark.broadcast(GraphCodec.encode(FinetuneStage.teacher(context)));
    Broadcast<byte[]> integers =
        spark.broadcast(IntegerNetworkCodec.encode(FinetuneStage.integers(context)));
    String name = context.engine();
    int batch = context.settings().evaluate().batch();
    int images = parts.manifest().images();
    try (Counted done = new Counted(context, "evaluate", images)) {
      return EvaluateParts.run(
          spark,
          "evaluate: %d images".formatted(images),
          IntStream.range(0, parts.parts()).boxed().toList(),
          Math.max(spark.defaultParallelism() * TASKS_PER_CORE, parts.parts() / PARTS_OF_A_TASK),
          set.evaluationImages(parts, set == ImageSet.VALIDATION && labelsAreKnown(context, parts)),
          () -> {
            Engine engine = Engines.select(name);
            computers.add(Computer.here(engine.name(), engine.instructionSet()));
            return evaluator(engine, floats.value(), integers.value(), batch);
          },
          done.counter());
    } finally {
      floats.destroy();
      integers.destroy();
    }
  }

  private static Evaluator evaluator(Engine engine, byte[] floats, byte[] integers, int batch) {
    IntegerNetwork trained = IntegerNetworkCodec.decode(integers);
    ThresholdedNetwork network = trained.network();
    return new Evaluator(
        engine,
        GraphCodec.decode(floats),
        List.of(
            new Candidate(Summary.UNTRAINED, IntegerNetwork.of(network, network.initialScales())),
            new Candidate(Summary.QUANTIZED, trained)),
        batch);
  }

  /** Layers are compared with the network that was quantized, channel for channel. */
  private static LayerStudy study(Context context, PreparedParts parts) {
    Settings settings = context.settings();
    int images = Math.min(settings.evaluate().layerImages(), parts.manifest().images());
    if (images == 0) {
      return LayerStudy.none();
    }
    try (Counted done = new Counted(context, "layers", images)) {
      return new StudyParts(
              JavaSparkContext.fromSparkContext(context.spark().sparkContext()), context.engine())
          .run(
              new StudyParts.Subject(
                  CalibrateStage.uncorrected(context), FinetuneStage.integers(context)),
              parts,
              images,
              done.counter());
    }
  }
}
