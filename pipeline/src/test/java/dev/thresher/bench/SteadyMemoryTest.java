package dev.thresher.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.calibrate.BiasCorrection;
import dev.thresher.calibrate.CalibratedNetwork;
import dev.thresher.calibrate.CalibrationStatistics;
import dev.thresher.calibrate.FloatOrigin;
import dev.thresher.calibrate.RangeMethod;
import dev.thresher.engine.Engine;
import dev.thresher.engine.EngineMemory;
import dev.thresher.engine.Engines;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.finetune.Distillation;
import dev.thresher.fold.FoldedNetwork;
import dev.thresher.network.Graph;
import dev.thresher.network.MobileNetShapes;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.ScaleLimits;
import dev.thresher.quantize.Scheme;
import dev.thresher.testing.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Training takes its memory once: steps, from minibatch to Adam, take none. In a JVM of its own
 * whose heap is touched from the start, so that what it grows by is not the heap, which in a JVM
 * with other work grows when it likes.
 */
@Tag("slow")
class SteadyMemoryTest {
  private static final Path RESIDENT = Path.of("/proc/self/statm");
  private static final int PAGE = 4096;
  private static final int BATCH = 16;
  private static final int SIDE = 32;

  /**
   * What the JVM grows by while it compiles is less. A kilobyte that each of the 53 layers forgot
   * in each step would be 104 MiB.
   */
  private static final long ALLOWED = 100L << 20;

  @Test
  void twoThousandStepsDoNotGrow(@TempDir Path folder) throws IOException, InterruptedException {
    Assumptions.assumeTrue(Files.isReadable(RESIDENT), "there is no /proc here");
    ChildJvm.run(
        folder,
        List.of("-Xms256m", "-Xmx256m", "-XX:+AlwaysPreTouch"),
        Map.of(),
        SteadyMemoryTest.class);
  }

  /** Fails where something grew. */
  public static void main(String[] args) throws IOException {
    Engine engine = Engines.select("auto");
    long before = EngineMemory.inUse();
    try (TrainingSteps steps = steps(engine);
        Work work = steps.open(0)) {
      take(400, work);
      long taken = EngineMemory.inUse();
      long bytes = work.bytes();
      long resident = residentBytes();

      take(2000, work);

      assertThat(EngineMemory.inUse()).isEqualTo(taken);
      assertThat(work.bytes()).isEqualTo(bytes);
      long grown = residentBytes() - resident;
      System.out.println("resident: " + (resident >> 20) + " MiB, and " + (grown >> 20));
      assertThat(grown).isLessThan(ALLOWED);
    }
    assertThat(EngineMemory.inUse()).isEqualTo(before);
  }

  private static void take(int count, Work work) {
    for (int i = 0; i < count; i++) {
      work.step();
    }
  }

  private static long residentBytes() throws IOException {
    System.gc();
    return PAGE * Long.parseLong(Files.readString(RESIDENT).split(" ", 3)[1]);
  }

  private static TrainingSteps steps(Engine engine) {
    Graph graph = MobileNetShapes.v2(0.1, SIDE, 10, 1);
    QuantizationSpec spec =
        new QuantizationSpec(Granularity.PER_FILTER, Scheme.ASYMMETRIC, 8, 8, ScaleLimits.PAPER);
    try (FloatPass pass = engine.floatPass(graph, BATCH);
        BiasCorrection correction =
            new BiasCorrection(engine, FloatOrigin.unscaled(graph), graph)) {
      RandomImages images = new RandomImages(graph, pass, BATCH, 1);
      CalibrationStatistics statistics = new CalibrationStatistics(graph);
      statistics.add(graph, pass, images.batch(0, 1), 1);
      ThresholdedNetwork network =
          new CalibratedNetwork(new FoldedNetwork("small", graph, "0".repeat(64)), statistics)
              .threshold(new RangeMethod.MinMax(), spec);
      correction.add(images.batch(0, 1));
      return new TrainingSteps(
          engine,
          BiasCorrection.corrected(network, List.of(correction.means())),
          images,
          new BenchSettings(spec, Distillation.ROOT_MEAN_SQUARE, BATCH, 1, 1));
    }
  }
}
