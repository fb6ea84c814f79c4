package dev.thresher.jobs;

import dev.thresher.bench.Bench;
import dev.thresher.bench.BenchReport;
import dev.thresher.bench.BenchSettings;
import dev.thresher.engine.Engine;
import dev.thresher.engine.Engines;
import dev.thresher.fold.FoldedNetwork;
import dev.thresher.jobs.config.ConfigurationLoader;
import dev.thresher.jobs.config.Settings;
import dev.thresher.jobs.stages.FloatModel;
import dev.thresher.network.MobileNetShapes;
import dev.thresher.provenance.Environment;
import dev.thresher.provenance.Hashes;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures this machine; needs neither images nor a store nor Spark. */
@Command(
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    description = {
      "Measure the speed and memory of every pass on this machine.",
      "",
      "Images per second and bytes of float forward, quantized forward, calibration and training"
          + " step (of scales alone, and with corrected biases), for one core and for all, and where"
          + " the time of the training step goes. Without a model: MobileNet-v2 1.0 at 224 with"
          + " random weights. Reads model.*, quantize.*, finetune.batch, finetune.loss, engine and"
          + " engine-memory of the configuration.",
      ""
    })
final class BenchCommand implements Runnable, Debuggable {
  /** Width, side and classes of the network that is measured where none is given. */
  private static final double WIDTH = 1.0;

  private static final int SIDE = 224;
  private static final int CLASSES = 1000;

  private final PrintStream out;
  private final PrintStream err;

  @Option(
      names = "--model",
      paramLabel = "FILE",
      description = "An ONNX or .h5 file; the same as --set model.path=FILE.")
  private Optional<String> model = Optional.empty();

  @Option(names = "--json", description = "Print one JSON object and nothing else.")
  private boolean json;

  @Option(
      names = "--batch",
      paramLabel = "N",
      description = "Images of a step; the same as --set finetune.batch=N.")
  private Optional<String> batch = Optional.empty();

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads for the figures of all cores; default: one for each core.")
  private int threads = Runtime.getRuntime().availableProcessors();

  @Option(
      names = "--seconds",
      paramLabel = "S",
      description =
          "Time for each figure, after half as long to warm up; default: ${DEFAULT-VALUE}.",
      defaultValue = "5")
  private double seconds;

  @Mixin private Sources sources = new Sources();

  @Option(names = "--debug", description = "On an error, print where it happened.")
  private boolean debug;

  BenchCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public boolean debug() {
    return debug;
  }

  @Override
  public void run() {
    requirePositive("--threads", threads);
    requirePositive("--seconds", seconds);
    ConfigurationLoader loader = new ConfigurationLoader(Installation.home());
    sources.addTo(loader);
    model.ifPresent(path -> loader.value("model.path", path));
    batch.ifPresent(size -> loader.value("finetune.batch", size));
    Settings settings = loader.load().settings();
    Sessions.limitEngineMemory(settings);
    Engine engine = engine(settings);
    FoldedNetwork network = network(settings);
    BenchSettings measured =
        new BenchSettings(
            settings.quantize(),
            settings.finetune().loss().distillation(),
            settings.finetune().batch(),
            threads,
            seconds);
    double load = ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    BenchReport report =
        Bench.run(engine, network, measured, what -> err.println("bench: " + what));
    BenchText text =
        new BenchText(
            network,
            measured,
            report,
            engine,
            Environment.of("bench", engine.name(), "", List.of()),
            load);
    out.println(json ? text.json() : text.table());
  }

  private static void requirePositive(String option, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new UsageException(option + " is " + value + ", must be above 0");
    }
  }

  private static Engine engine(Settings settings) {
    try {
      return Engines.select(settings.engine().id());
    } catch (IllegalStateException e) {
      throw new UsageException(e.getMessage() + " Set engine to auto");
    }
  }

  private static FoldedNetwork network(Settings settings) {
    if (settings.model().path().isPresent()) {
      return FloatModel.folded(settings, Sessions.hadoopSettings(settings));
    }
    String name = "MobileNet-v2 %.1f with random weights".formatted(WIDTH);
    return new FoldedNetwork(
        name, MobileNetShapes.v2(WIDTH, SIDE, CLASSES, 1), Hashes.sha256(name));
  }
}
