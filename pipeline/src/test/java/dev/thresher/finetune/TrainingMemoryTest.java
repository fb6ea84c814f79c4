package dev.thresher.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thresher.engine.Engine;
import dev.thresher.engine.EngineMemory;
import dev.thresher.engine.EngineMemoryException;
import dev.thresher.engine.Engines;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.TrainingPass;
import dev.thresher.network.Graph;
import dev.thresher.network.MobileNetShapes;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.ScaleLimits;
import dev.thresher.quantize.Scheme;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The native engine's memory: counted, bounded, freed, and the same after many steps. */
class TrainingMemoryTest {
  private static final Graph GRAPH = MobileNetShapes.v2(0.35, 64, 10, 1);

  private final Engine engine = Engines.select("auto");
  private long limit;

  @BeforeEach
  void nativeEngine() {
    Assumptions.assumeTrue(engine.name().equals("onednn"), "oneDNN does not load here");
    limit = EngineMemory.limit();
  }

  @AfterEach
  void restoreLimit() {
    EngineMemory.limit(limit);
  }

  private static QuantizationSpec spec(Scheme scheme) {
    return new QuantizationSpec(Granularity.PER_FILTER, scheme, 8, 8, ScaleLimits.PAPER);
  }

  private static ThresholdedNetwork thresholded(Engine engine, Scheme scheme) {
    Samples.Pixels pixels = Samples.Pixels.of(3, 4);
    return Samples.thresholded(Samples.graph(2), pixels, scheme, engine);
  }

  @ParameterizedTest
  @EnumSource(Scheme.class)
  void whatAPlanTakesIsCountedAndGivenBack(Scheme scheme) {
    ThresholdedNetwork network = thresholded(engine, scheme);
    IntegerNetwork integers = IntegerNetwork.of(network, network.initialScales());
    long before = EngineMemory.inUse();
    try (FloatPass floats = engine.floatPass(network.graph(), 4);
        QuantizedPass quantized = engine.quantizedPass(integers, 4);
        TrainingPass training = engine.trainingPass(network, 4)) {
      long taken = EngineMemory.inUse() - before;
      assertThat(taken)
          .isPositive()
          .isLessThanOrEqualTo(floats.bytes() + quantized.bytes() + training.bytes());
      assertThat(EngineMemory.peak()).isGreaterThanOrEqualTo(before + taken);
    }
    assertThat(EngineMemory.inUse()).isEqualTo(before);
  }

  @Test
  void aPlanBeyondTheLimitIsRefusedAndLeavesNothing() {
    ThresholdedNetwork network = thresholded(engine, Scheme.SYMMETRIC);
    long before = EngineMemory.inUse();
    EngineMemory.limit(before + 10_000);

    assertThatThrownBy(() -> engine.trainingPass(network, 64))
        .isInstanceOf(EngineMemoryException.class)
        .hasMessageContaining("may hold")
        .hasMessageContaining("finetune.batch")
        .hasMessageContaining("engine-memory");
    assertThat(EngineMemory.inUse()).isEqualTo(before);
  }

  /**
   * Exact for plans that are made to know; beyond, chunks of images that are not full count too.
   */
  @ParameterizedTest
  @ValueSource(ints = {1, 7, 16, 100, 300})
  void foretellsTheBytesOfAPlan(int batch) {
    TrainingMemory memory = new TrainingMemory(engine, GRAPH, spec(Scheme.ASYMMETRIC));
    long told = memory.planBytes(batch);
    long before = EngineMemory.inUse();
    try (TrainingPass pass = memory.plan(batch);
        QuantizedPass judging = memory.judging(batch)) {
      long beside = Math.max(judging.bytes(), memory.measuringBytes());
      assertThat((double) told / (pass.bytes() + beside))
          .isBetween(batch > 128 ? 0.85 : 1.0, batch > 128 ? 1.15 : 1.0);
    }
    assertThat(EngineMemory.inUse()).isEqualTo(before);
  }

  @Test
  void refusesABatchThatDoesNotFitAndNamesOneThatDoes() {
    TrainingMemory memory = new TrainingMemory(engine, GRAPH, spec(Scheme.SYMMETRIC));
    EngineMemory.limit(2 * memory.planBytes(32));

    assertThat(memory.require(32, 2)).isEqualTo(memory.planBytes(32));
    assertThatThrownBy(() -> memory.require(256, 2))
        .isInstanceOf(EngineMemoryException.class)
        .hasMessageContaining("finetune.batch 256")
        .hasMessageContaining("2 tasks")
        .hasMessageContaining("Set finetune.batch to 32 or less");
    EngineMemory.limit(1000);
    assertThatThrownBy(() -> memory.require(1, 1))
        .isInstanceOf(EngineMemoryException.class)
        .hasMessageContaining("No batch is small enough");
  }

  @Test
  void refusesABatchWhoseTensorsCannotBeAddressed() {
    TrainingMemory memory = new TrainingMemory(engine, GRAPH, spec(Scheme.SYMMETRIC));
    EngineMemory.limit(Long.MAX_VALUE);

    assertThatThrownBy(() -> memory.require(1_000_000, 1))
        .isInstanceOf(EngineMemoryException.class)
        .hasMessageContaining("Cannot train with finetune.batch 1000000")
        .hasMessageContaining("can be addressed. Set finetune.batch to");
  }
}
