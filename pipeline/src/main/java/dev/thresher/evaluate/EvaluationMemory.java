package dev.thresher.evaluate;

import dev.thresher.engine.BatchMemory;
import dev.thresher.engine.Engine;
import dev.thresher.engine.EngineMemoryException;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.evaluate.Evaluator.Candidate;
import dev.thresher.network.Graph;
import dev.thresher.quantize.QuantizationSpec;
import java.util.Collections;

/** How much memory the passes of an {@link Evaluator} take ({@link BatchMemory}). */
public final class EvaluationMemory {
  private final BatchMemory memory;

  /**
   * Of a network that is not calibrated yet.
   *
   * @param graph folded
   * @param candidates that are compared with the float network
   */
  public EvaluationMemory(Engine engine, Graph graph, QuantizationSpec spec, int candidates) {
    ThresholdedNetwork network = BatchMemory.uncalibrated(graph, spec);
    Candidate candidate =
        new Candidate("candidate", IntegerNetwork.of(network, network.initialScales()));
    this.memory =
        new BatchMemory(
            "evaluate",
            "evaluate.batch",
            graph,
            batch -> {
              try (Evaluator evaluator =
                  new Evaluator(engine, graph, Collections.nCopies(candidates, candidate), batch)) {
                return evaluator.planBytes();
              }
            });
  }

  /**
   * Refuses a batch that does not fit.
   *
   * @param tasks side by side in one JVM
   * @return bytes of the passes of one task
   * @throws EngineMemoryException naming a batch that fits, if one does
   */
  public long require(int batch, int tasks) {
    return memory.require(batch, tasks);
  }
}
