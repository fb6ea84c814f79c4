package dev.thresher.finetune;

import dev.thresher.engine.BatchMemory;
import dev.thresher.engine.Engine;
import dev.thresher.engine.EngineMemoryException;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.TrainingPass;
import dev.thresher.finetune.rounding.LayerProbe;
import dev.thresher.network.Graph;
import dev.thresher.quantize.QuantizationSpec;

/**
 * How much memory training takes ({@link BatchMemory}). A plan keeps two bytes of every activation
 * of every image of the batch, and beside it stand now and then an integer pass that judges states,
 * or the passes that measure layers.
 */
public final class TrainingMemory {
  private final Engine engine;
  private final ThresholdedNetwork network;
  private final BatchMemory memory;

  /**
   * Of a network that is not calibrated yet.
   *
   * @param graph folded
   */
  public TrainingMemory(Engine engine, Graph graph, QuantizationSpec spec) {
    this.engine = engine;
    this.network = BatchMemory.uncalibrated(graph, spec);
    this.memory = new BatchMemory("train", "finetune.batch", graph, this::made);
  }

  /** Bytes of a plan, and of those that judge it or measure layers, the larger. */
  public long planBytes(int batch) {
    return memory.bytes(batch);
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
    return memory.require(batch, plans);
  }
}
