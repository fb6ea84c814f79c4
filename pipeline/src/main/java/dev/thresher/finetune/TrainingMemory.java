package dev.thresher.finetune;

import dev.thresher.engine.Engine;
import dev.thresher.engine.EngineMemory;
import dev.thresher.engine.EngineMemoryException;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.engine.ScaleLayout;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.TrainingPass;
import dev.thresher.finetune.rounding.LayerProbe;
import dev.thresher.network.Graph;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.Range;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;

/**
 * How much memory training takes, known before any work is done. A plan keeps two bytes of every
 * activation of every image of the batch, and beside it stand now and then an integer pass that
 * judges states, or the passes that measure layers; the rest does not depend on the batch:
 *
 * <pre>
 *   bytes(batch) = fixed + batch * perImage
 * </pre>
 */
public final class TrainingMemory {
  /** Batches from which larger ones are extrapolated. */
  private static final int SMALL = 64;

  private static final int LARGE = 128;

  private final Engine engine;
  private final ThresholdedNetwork network;

  /**
   * Of a network that is not calibrated yet: ranges do not change what a plan takes.
   *
   * @param graph folded
   */
  public TrainingMemory(Engine engine, Graph graph, QuantizationSpec spec) {
    this.engine = engine;
    Map<String, Range> ranges = new HashMap<>();
    ScaleLayout.quantizedTensors(graph).forEach(tensor -> ranges.put(tensor, new Range(-1, 1)));
    this.network = new ThresholdedNetwork(graph, spec, ranges);
  }

  /**
   * Bytes of a plan, and of those that judge it or measure layers, the larger: of those that are
   * made, up to batch {@value #LARGE}; extrapolated beyond, to about an eighth.
   */
  public long planBytes(int batch) {
    if (batch <= LARGE) {
      return made(batch);
    }
    long small = made(SMALL);
    long perImage = (made(LARGE) - small) / (LARGE - SMALL);
    return small + perImage * (batch - SMALL);
  }

  private long made(int batch) {
    long measuring = measuringBytes();
    try (TrainingPass pass = plan(batch);
        QuantizedPass judging = judging(batch)) {
      return pass.bytes() + Math.max(judging.bytes(), measuring);
    }
  }

  /** What measures layers for their integers takes at most: both passes, up to the last layer. */
  long measuringBytes() {
    try (QuantizedPass before = judging(LayerProbe.BATCH);
        FloatPass floats = engine.floatPass(network.graph(), LayerProbe.BATCH)) {
      return before.bytes() + floats.bytes();
    }
  }

  /** A plan of the network's shapes. */
  TrainingPass plan(int batch) {
    return engine.trainingPass(network, batch);
  }

  /** The integer pass beside it. */
  QuantizedPass judging(int batch) {
    return engine.quantizedPass(IntegerNetwork.of(network, network.initialScales()), batch);
  }

  /**
   * Refuses a batch that does not fit.
   *
   * @param plans held side by side in one JVM
   * @return bytes of one plan
   * @throws EngineMemoryException naming a batch that fits, if one does
   */
  public long require(int batch, int plans) {
    OptionalLong bytes = fitting(batch, plans);
    if (bytes.isPresent()) {
      return bytes.getAsLong();
    }
    int smaller = batch;
    while (smaller > 1 && fitting(smaller, plans).isEmpty()) {
      smaller /= 2;
    }
    String advice =
        fitting(smaller, plans).isPresent()
            ? "Set finetune.batch to " + smaller + " or less"
            : "No batch is small enough";
    throw new EngineMemoryException(
        "Cannot train with finetune.batch %d: plans of %d tasks take %s each, engine-memory allows %s for all. %s, let fewer tasks run in a process (spark.master, spark.executor.cores), or raise engine-memory."
            .formatted(batch, plans, need(batch), EngineMemory.size(EngineMemory.limit()), advice));
  }

  private OptionalLong fitting(int batch, int plans) {
    try {
      long need = planBytes(batch);
      return need * plans <= EngineMemory.limit() ? OptionalLong.of(need) : OptionalLong.empty();
    } catch (EngineMemoryException e) {
      return OptionalLong.empty();
    }
  }

  private String need(int batch) {
    try {
      return EngineMemory.size(planBytes(batch));
    } catch (EngineMemoryException e) {
      return "more than engine-memory";
    }
  }
}
