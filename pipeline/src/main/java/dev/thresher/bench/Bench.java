package dev.thresher.bench;

import dev.thresher.bench.BenchReport.Figure;
import dev.thresher.calibrate.BiasCorrection;
import dev.thresher.calibrate.CalibratedNetwork;
import dev.thresher.calibrate.CalibrationStatistics;
import dev.thresher.calibrate.FloatOrigin;
import dev.thresher.calibrate.RangeMethod;
import dev.thresher.engine.Engine;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.fold.FoldedNetwork;
import dev.thresher.network.Graph;
import java.util.List;
import java.util.function.Consumer;

/**
 * Measures what a run spends its time on, with one plan and one thread for each core, as tasks of a
 * run have. Every thread does the same work in every step, on seeded random pictures.
 */
public final class Bench {
  private final Engine engine;
  private final Graph graph;
  private final BenchSettings settings;
  private final Consumer<String> progress;

  private Bench(Engine engine, Graph graph, BenchSettings settings, Consumer<String> progress) {
    this.engine = engine;
    this.graph = graph;
    this.settings = settings;
    this.progress = progress;
  }

  /**
   * Measures a network on this machine.
   *
   * @param network weights of any kind; random ones will do
   * @param progress told what is measured next
   */
  public static BenchReport run(
      Engine engine, FoldedNetwork network, BenchSettings settings, Consumer<String> progress) {
    return new Bench(engine, network.graph(), settings, progress).run(network);
  }

  private BenchReport run(FoldedNetwork folded) {
    progress.accept("preparing");
    RandomImages images;
    ThresholdedNetwork network;
    try (FloatPass pass = engine.floatPass(graph, settings.batch())) {
      images = new RandomImages(graph, pass, settings.batch(), settings.threads());
      CalibrationStatistics statistics = new CalibrationStatistics(graph);
      statistics.add(graph, pass, images.batch(0, 1), 1);
      network =
          new CalibratedNetwork(folded, statistics)
              .threshold(new RangeMethod.MinMax(), settings.spec());
    }
    IntegerNetwork integers = IntegerNetwork.of(network, network.initialScales());
    Figure floats = measure("float forward", thread -> new FloatWork(images, thread));
    Figure quantized =
        measure("quantized forward", thread -> new QuantizedWork(integers, images, thread));
    Figure calibration = measure("calibration", thread -> new CalibrationWork(images, thread));
    Throughput alone;
    Throughput all;
    try (TrainingSteps steps = new TrainingSteps(engine, network, images, settings)) {
      progress.accept("training step");
      alone = Throughput.of(1, settings.seconds(), steps::open);
      all = allThreads(alone, steps::open);
    }
    Figure corrected;
    try (TrainingSteps steps =
        new TrainingSteps(engine, corrected(network, images), images, settings)) {
      corrected = measure("training step with corrected biases", steps::open);
    }
    return new BenchReport(
        floats, quantized, calibration, figure(alone, all), corrected, all.shares());
  }

  private ThresholdedNetwork corrected(ThresholdedNetwork network, RandomImages images) {
    try (BiasCorrection correction =
        new BiasCorrection(engine, FloatOrigin.unscaled(graph), graph)) {
      correction.add(images.batch(0, 1));
      return BiasCorrection.corrected(network, List.of(correction.means()));
    }
  }

  private Figure measure(String what, Work.Source source) {
    progress.accept(what);
    Throughput alone = Throughput.of(1, settings.seconds(), source);
    return figure(alone, allThreads(alone, source));
  }

  private Throughput allThreads(Throughput alone, Work.Source source) {
    return settings.threads() == 1
        ? alone
        : Throughput.of(settings.threads(), settings.seconds(), source);
  }

  private Figure figure(Throughput alone, Throughput all) {
    int batch = settings.batch();
    return new Figure(
        batch * alone.rate(),
        batch * all.rate(),
        batch * alone.perCpuSecond(),
        Math.max(alone.bytes(), all.bytes()));
  }

  /** The teacher's forward pass. */
  private final class FloatWork implements Work {
    private final FloatPass pass = engine.floatPass(graph, settings.batch());
    private final float[] logits = new float[settings.batch() * graph.classes()];
    private final float[] images;

    FloatWork(RandomImages images, int thread) {
      this.images = images.batch(thread, settings.batch());
    }

    @Override
    public void step() {
      pass.logits(images, settings.batch(), logits);
    }

    @Override
    public long bytes() {
      return pass.bytes() + Float.BYTES * ((long) images.length + logits.length);
    }

    @Override
    public void close() {
      pass.close();
    }
  }

  /** What evaluation does beside the teacher. */
  private final class QuantizedWork implements Work {
    private final QuantizedPass pass;
    private final float[] logits = new float[settings.batch() * graph.classes()];
    private final float[] images;

    QuantizedWork(IntegerNetwork network, RandomImages images, int thread) {
      this.pass = engine.quantizedPass(network, settings.batch());
      this.images = images.batch(thread, settings.batch());
    }

    @Override
    public void step() {
      pass.logits(images, settings.batch(), logits);
    }

    @Override
    public long bytes() {
      return pass.bytes() + Float.BYTES * ((long) images.length + logits.length);
    }

    @Override
    public void close() {
      pass.close();
    }
  }

  /** The float network with every tensor looked at. */
  private final class CalibrationWork implements Work {
    private final FloatPass pass = engine.floatPass(graph, settings.batch());
    private final CalibrationStatistics statistics = new CalibrationStatistics(graph);
    private final float[] images;

    CalibrationWork(RandomImages images, int thread) {
      this.images = images.batch(thread, settings.batch());
    }

    @Override
    public void step() {
      statistics.add(graph, pass, images, settings.batch());
    }

    @Override
    public long bytes() {
      return pass.bytes() + (long) Float.BYTES * images.length;
    }

    @Override
    public void close() {
      pass.close();
    }
  }
}
