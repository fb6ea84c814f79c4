package dev.thresher.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thresher.engine.BatchMemory;
import dev.thresher.engine.Engine;
import dev.thresher.engine.EngineMemory;
import dev.thresher.engine.EngineMemoryException;
import dev.thresher.engine.Engines;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.evaluate.Evaluator.Candidate;
import dev.thresher.network.Graph;
import dev.thresher.network.MobileNetShapes;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.ScaleLimits;
import dev.thresher.quantize.Scheme;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EvaluationMemoryTest {
  private static final Graph GRAPH = MobileNetShapes.v2(0.35, 64, 10, 1);
  private static final QuantizationSpec SPEC =
      new QuantizationSpec(Granularity.PER_FILTER, Scheme.SYMMETRIC, 8, 8, ScaleLimits.PAPER);

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

  private Evaluator evaluator(int batch) {
    ThresholdedNetwork network = BatchMemory.uncalibrated(GRAPH, SPEC);
    Candidate candidate =
        new Candidate("quantized", IntegerNetwork.of(network, network.initialScales()));
    return new Evaluator(engine, GRAPH, List.of(candidate, candidate), batch);
  }

  @Test
  void foretellsWhatAnEvaluatorTakesAndNamesABatchThatFits() {
    EvaluationMemory memory = new EvaluationMemory(engine, GRAPH, SPEC, 2);
    long before = EngineMemory.inUse();
    long told = memory.require(32, 1);
    try (Evaluator evaluator = evaluator(32)) {
      assertThat(evaluator.planBytes()).isEqualTo(told);
      assertThat(EngineMemory.inUse() - before).isPositive().isLessThanOrEqualTo(told);
    }
    EngineMemory.limit(before + 2 * told);
    assertThat(memory.require(32, 2)).isEqualTo(told);
    assertThatThrownBy(() -> memory.require(64, 2))
        .isInstanceOf(EngineMemoryException.class)
        .hasMessageContaining("Cannot evaluate with evaluate.batch 64: plans of 2 tasks")
        .hasMessageContaining("Set evaluate.batch to 32 or less");
    assertThat(EngineMemory.inUse()).isEqualTo(before);
  }

  @Test
  void passesThatDoNotAllFitLeaveNothing() {
    long before = EngineMemory.inUse();
    long all;
    try (Evaluator evaluator = evaluator(8)) {
      all = EngineMemory.inUse() - before;
      assertThat(evaluator.planBytes()).isGreaterThanOrEqualTo(all);
    }
    EngineMemory.limit(before + all - 1);

    assertThatThrownBy(() -> evaluator(8)).isInstanceOf(EngineMemoryException.class);
    assertThat(EngineMemory.inUse()).isEqualTo(before);
  }
}
