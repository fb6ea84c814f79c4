package dev.thresher.jobs.config;

import dev.thresher.calibrate.RangeMethod;
import dev.thresher.checkpoint.CheckpointException;
import dev.thresher.checkpoint.ForkPoint;
import dev.thresher.export.tflite.TfLiteInterface;
import dev.thresher.image.Preprocessing;
import dev.thresher.publish.Publications;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.ScaleLimits;
import dev.thresher.quantize.Scheme;
import dev.thresher.quantize.WeightMultipliers;
import dev.thresher.rescale.ClampRule;
import dev.thresher.rescale.RescaleScope;
import dev.thresher.sample.LayoutChoice;
import dev.thresher.sample.SampleSize;
import dev.thresher.sample.TableColumns;
import dev.thresher.store.RunStore;
import dev.thresher.store.StoreLocation;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The whole configuration, checked; conf/reference.conf says what each key means. */
public record Settings(
    Model model,
    Data data,
    StoreSettings store,
    Sample sample,
    Calibrate calibrate,
    Rescale rescale,
    QuantizationSpec quantize,
    Finetune finetune,
    Export export,
    Evaluate evaluate,
    Ablate ablate,
    Publish publish,
    EngineChoice engine,
    OptionalLong engineMemory,
    Run run,
    Progress progress,
    Observe observe,
    Spark spark) {

  private static final int MANY = Integer.MAX_VALUE;
  private static final Pattern MASTER =
      Pattern.compile(
          "local(\\[(\\*|[1-9]\\d*)(,\\s*\\d+)?])?|local-cluster\\[.+]|(spark|k8s)://.+|yarn");

  /** The float network. */
  public record Model(Optional<String> path, Preprocessing preprocessing) {}

  /** The images; empty where not set. */
  public record Data(
      List<String> train,
      Optional<String> validation,
      LayoutChoice layout,
      LayoutChoice validationLayout,
      Optional<String> labels,
      Optional<String> validationLabels,
      Optional<String> validationClasses,
      TableColumns columns,
      double maxBadFraction) {}

  /** How the sample is drawn. */
  public record Sample(SampleSize size, long seed, int partImages) {}

  /** How ranges are measured, and whether biases are corrected. */
  public record Calibrate(int images, RangeMethod range, boolean biasCorrection) {}

  /** Which channels are balanced, and in how many steps. */
  public record Rescale(RescaleScope scope, int iterations, ClampRule clamps) {}

  /** How the threshold scales are trained; a decay that is empty fits the number of steps. */
  public record Finetune(
      double epochs,
      int batch,
      int shards,
      int stepsPerRound,
      double learningRate,
      OptionalDouble learningRateDecay,
      double learningRateFloor,
      int cycleSteps,
      Loss loss,
      int judgedImages,
      OptionalInt searchPasses,
      int roundingImages,
      int keepCheckpoints,
      Optional<ForkPoint> fork) {}

  /** What the result is written as. */
  public record Export(Set<ExportFormat> formats, TfLiteInterface tfliteInterface) {}

  /** How the result is judged; the gate's units are points of Top-1 and percent of images. */
  public record Evaluate(
      int batch,
      int layerImages,
      int deviceImages,
      double maxDrop,
      double minAgreement,
      double minSqnr,
      double maxRmse) {}

  /**
   * What an ablation varies.
   *
   * @param values of each axis, in the order of cells
   * @param cross axes of which every combination is a cell; the others are varied one at a time
   * @param trained whether cells are fine-tuned
   * @param mostCells refuses more
   */
  public record Ablate(
      SortedMap<Axis, List<String>> values, List<Axis> cross, boolean trained, int mostCells) {
    static Ablate read(KeyReader keys) {
      TreeMap<Axis, List<String>> values = new TreeMap<>();
      List<String> names = new ArrayList<>();
      for (Axis axis : Axis.values()) {
        values.put(axis, keys.words("ablate." + axis.id(), axis.words()));
        names.add(axis.id());
      }
      List<Axis> cross = new ArrayList<>();
      List<String> crossed = keys.words("ablate.cross", names);
      for (Axis axis : Axis.values()) {
        if (crossed.contains(axis.id())) {
          cross.add(axis);
        }
      }
      boolean trained = keys.flag("ablate.trained");
      return new Ablate(values, cross, trained, keys.integer("ablate.most-cells", 1, MANY));
    }
  }

  /** The name under which a run's model is published, empty for that of the model's file. */
  public record Publish(Optional<String> network) {}

  /** The run's name, empty where it is to be made up, and its seed. */
  public record Run(Optional<String> id, long seed) {}

  /** How often progress is told. */
  public record Progress(Duration interval) {}

  /**
   * Who else is told, and where.
   *
   * @param interval between two writings
   * @param metricsFile on this machine, empty for none
   * @param eventLog auto, none, or a folder
   */
  public record Observe(Duration interval, Optional<String> metricsFile, String eventLog) {}

  /** Spark's master and further properties, by their full names. */
  public record Spark(String master, SortedMap<String, String> properties) {}

  /** The same with the store reached in another way: an embedded server makes up its own. */
  public Settings reaching(StoreSettings.S3 s3) {
    return new Settings(
        model,
        data,
        new StoreSettings(store.root(), s3, store.embedded()),
        sample,
        calibrate,
        rescale,
        quantize,
        finetune,
        export,
        evaluate,
        ablate,
        publish,
        engine,
        engineMemory,
        run,
        progress,
        observe,
        spark);
  }

  /** The name that the configuration has for a choice. */
  public static String name(Enum<?> choice) {
    return KeyReader.name(choice);
  }

  static Settings read(KeyReader keys) {
    QuantizationSpec quantize = quantize(keys);
    return new Settings(
        new Model(optional(keys.location("model.path")), PreprocessingReader.read(keys)),
        new Data(
            keys.locations("data.train"),
            optional(keys.location("data.validation")),
            keys.choice("data.layout", LayoutChoice.class),
            keys.choice("data.validation-layout", LayoutChoice.class),
            optional(keys.location("data.labels")),
            optional(keys.location("data.validation-labels")),
            optional(keys.location("data.validation-classes")),
            new TableColumns(keys.text("data.columns.image"), keys.text("data.columns.label")),
            keys.decimal("data.max-bad-fraction", "from 0 to 1", d -> d >= 0 && d <= 1)),
        StoreSettings.read(keys),
        new Sample(
            sampleSize(keys),
            keys.seed("sample.seed"),
            keys.integer("sample.part-images", 1, 65_536)),
        calibrate(keys),
        new Rescale(
            keys.choice("rescale.scope", RescaleScope.class),
            keys.integer("rescale.iterations", 1, 10_000),
            keys.choice("rescale.clamps", ClampRule.class)),
        quantize,
        finetune(keys),
        new Export(
            keys.choices("export.formats", ExportFormat.class),
            keys.choice("export.tflite.interface", TfLiteInterface.class)),
        new Evaluate(
            keys.integer("evaluate.batch", 1, 1024),
            keys.integer("evaluate.layer-images", 0, MANY),
            keys.integer("evaluate.device-images", 0, MANY),
            keys.decimal("evaluate.max-drop", "from 0 to 100", Settings::isPercentage),
            keys.decimal("evaluate.min-agreement", "from 0 to 100", Settings::isPercentage),
            keys.decimal("evaluate.min-sqnr", "from 0 to 200", d -> d >= 0 && d <= 200),
            keys.decimal("evaluate.max-rmse", "0 or more", d -> d >= 0)),
        Ablate.read(keys),
        publish(keys),
        keys.choice("engine", EngineChoice.class),
        keys.bytesOrAuto("engine-memory"),
        run(keys),
        new Progress(Duration.ofSeconds(keys.integer("progress.interval", 1, 3600))),
        new Observe(
            Duration.ofSeconds(keys.integer("observe.interval", 1, 3600)),
            optional(keys.location("observe.metrics-file")),
            eventLog(keys)),
        spark(keys));
  }

  private static SampleSize sampleSize(KeyReader keys) {
    OptionalDouble share =
        keys.decimalOrAuto("sample.fraction", "above 0 and at most 1", d -> d > 0 && d <= 1);
    return share.isPresent() ? new SampleSize.Fraction(share.getAsDouble()) : SampleSize.AUTO;
  }

  private static Spark spark(KeyReader keys) {
    String master = keys.text("spark.master");
    if (!MASTER.matcher(master).matches()) {
      keys.problem(
          "spark.master", master, "local[*], local[N], spark://HOST:PORT, yarn or k8s://...");
    }
    return new Spark(master, keys.rest("spark."));
  }

  private static Calibrate calibrate(KeyReader keys) {
    int images = keys.integer("calibrate.images", 1, MANY);
    double percentile =
        keys.decimal("calibrate.percentile", "above 50 and at most 100", d -> d > 50 && d <= 100);
    RangeMethod method =
        switch (keys.choice("calibrate.range", RangeRule.class)) {
          case MIN_MAX -> new RangeMethod.MinMax();
          case PERCENTILE -> new RangeMethod.Percentile(percentile);
          case MSE -> new RangeMethod.LeastSquares();
        };
    return new Calibrate(images, method, keys.flag("calibrate.bias-correction"));
  }

  private static QuantizationSpec quantize(KeyReader keys) {
    return new QuantizationSpec(
        keys.choice("quantize.granularity", Granularity.class),
        keys.choice("quantize.scheme", Scheme.class),
        keys.integer("quantize.bits.weights", 2, 8),
        keys.integer("quantize.bits.activations", 2, 8),
        limits(keys),
        multipliers(keys));
  }

  private static WeightMultipliers multipliers(KeyReader keys) {
    String group = "quantize.weight-multipliers.";
    double low = keys.decimal(group + "low", "above 0 and below 1", d -> d > 0 && d < 1);
    double high = keys.decimal(group + "high", "above 1 and at most 2", d -> d > 1 && d <= 2);
    double pace = keys.decimal(group + "pace", "above 0 and at most 10", d -> d > 0 && d <= 10);
    boolean isValid = low > 0 && low < 1 && high > 1 && high <= 2 && pace > 0 && pace <= 10;
    return keys.flag(group + "enabled") && isValid
        ? new WeightMultipliers(low, high, pace)
        : WeightMultipliers.NONE;
  }

  private static ScaleLimits limits(KeyReader keys) {
    double low = keys.decimal("quantize.limits.low", "above 0 and below 2", d -> d > 0 && d < 2);
    double high =
        keys.decimal("quantize.limits.high", "above 0 and at most 2", d -> d > 0 && d <= 2);
    double shiftLow =
        keys.decimal("quantize.limits.shift-low", "from -1 to 0", d -> d >= -1 && d <= 0);
    double shiftHigh =
        keys.decimal("quantize.limits.shift-high", "at least 0 and below 1", d -> d >= 0 && d < 1);
    if (low >= high) {
      keys.problem("quantize.limits.low", low + "", "below quantize.limits.high, which is " + high);
      return ScaleLimits.PAPER;
    }
    return new ScaleLimits(low, high, shiftLow, shiftHigh);
  }

  private static Finetune finetune(KeyReader keys) {
    return new Finetune(
        keys.decimal("finetune.epochs", "from 0 to 10000", d -> d >= 0 && d <= 10_000),
        keys.integer("finetune.batch", 1, 1024),
        keys.integer("finetune.shards", 1, 4096),
        keys.integer("finetune.steps-per-round", 1, MANY),
        keys.decimal("finetune.learning-rate", "above 0 and at most 1", d -> d > 0 && d <= 1),
        keys.decimalOrAuto("finetune.learning-rate-decay", "from 0 to 1", d -> d >= 0 && d <= 1),
        keys.decimal("finetune.learning-rate-floor", "from 0 to 1", d -> d >= 0 && d <= 1),
        keys.integer("finetune.cycle-steps", 1, MANY),
        keys.choice("finetune.loss", Loss.class),
        keys.integer("finetune.judged-images", 0, MANY),
        keys.integerOrAuto("finetune.search-passes", 0, 100),
        keys.integer("finetune.rounding-images", 0, MANY),
        keys.integer("finetune.keep-checkpoints", 2, MANY),
        fork(keys));
  }

  private static Optional<ForkPoint> fork(KeyReader keys) {
    Optional<String> given = optional(keys.text("finetune.fork"));
    try {
      return given.map(ForkPoint::parse);
    } catch (CheckpointException e) {
      keys.problem("finetune.fork", given.orElse(""), "RUN@ROUND");
      return Optional.empty();
    }
  }

  private static Run run(KeyReader keys) {
    Optional<String> id = optional(keys.text("run.id"));
    if (id.isPresent() && !RunStore.isRunId(id.get())) {
      keys.problem(
          "run.id", id.get(), "1 to 80 characters of [A-Za-z0-9._-] without a leading dot");
    }
    return new Run(id, keys.seed("run.seed"));
  }

  private static String eventLog(KeyReader keys) {
    String text = keys.text("observe.event-log");
    if (text.equals("auto") || text.equals("none")) {
      return text;
    }
    String folder = keys.location("observe.event-log");
    try {
      StoreLocation.of(folder, Map.of());
    } catch (IllegalArgumentException e) {
      keys.problem("observe.event-log", text, "auto, none, or a folder: " + e.getMessage());
    }
    return folder;
  }

  private static Publish publish(KeyReader keys) {
    Optional<String> network = optional(keys.text("publish.network"));
    if (network.isPresent() && !Publications.isName(network.get())) {
      keys.problem(
          "publish.network",
          network.get(),
          "1 to 80 characters of [A-Za-z0-9._-] without a leading dot");
    }
    return new Publish(network);
  }

  private static Optional<String> optional(String text) {
    return Optional.of(text).filter(t -> !t.isEmpty());
  }

  private static boolean isPercentage(double value) {
    return value >= 0 && value <= 100;
  }
}
