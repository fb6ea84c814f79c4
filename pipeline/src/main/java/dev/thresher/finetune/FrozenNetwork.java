package dev.thresher.finetune;

import dev.thresher.engine.Engine;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.TrainingPass;
import dev.thresher.finetune.rounding.BlockInputs;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The network beside the trained layer, once in a JVM: thresholds and weights that training reads
 * and never changes, the engine, and training passes kept between rounds. Thread-safe; a pass
 * belongs to one borrower at a time.
 */
final class FrozenNetwork implements AutoCloseable {
  private final ThresholdedNetwork network;
  private final Engine engine;
  private final Map<Integer, Deque<TrainingPass>> idle = new HashMap<>();
  private final Map<MinibatchReader.Key, BlockInputs> blocks = new ConcurrentHashMap<>();
  private boolean closed;

  FrozenNetwork(ThresholdedNetwork network, Engine engine) {
    this.network = network;
    this.engine = engine;
  }

  /** What the scales belong to. */
  ThresholdedNetwork network() {
    return network;
  }

  /** What computes here. */
  Engine engine() {
    return engine;
  }

  /** The integers of a quantization. */
  IntegerNetwork integers(Candidate candidate) {
    return IntegerNetwork.of(network, candidate.scales(), candidate.rounding());
  }

  /** A new integer pass; the caller closes it. */
  QuantizedPass quantized(Candidate candidate, int batch) {
    return engine.quantizedPass(integers(candidate), batch);
  }

  /** What minibatches gave where the last block began that was measured on them here. */
  Optional<BlockInputs> kept(MinibatchReader.Key minibatches) {
    return Optional.ofNullable(blocks.get(minibatches));
  }

  /** Keeps it, in place of what was kept. */
  void keep(MinibatchReader.Key minibatches, Optional<BlockInputs> inputs) {
    inputs.ifPresentOrElse(
        given -> blocks.put(minibatches, given), () -> blocks.remove(minibatches));
  }

  /** An idle pass for this batch, or a new one. */
  TrainingPass borrow(int batch) {
    synchronized (this) {
      Deque<TrainingPass> passes = idle.get(batch);
      if (passes != null && !passes.isEmpty()) {
        return passes.pop();
      }
    }
    return engine.trainingPass(network, batch);
  }

  /** Takes a pass back for the next borrower, or closes it where this network is given up. */
  void giveBack(int batch, TrainingPass pass) {
    synchronized (this) {
      if (!closed) {
        idle.computeIfAbsent(batch, key -> new ArrayDeque<>()).push(pass);
        return;
      }
    }
    pass.close();
  }

  /** Closes the idle passes; those on loan are closed when they come back. */
  @Override
  public void close() {
    Map<Integer, Deque<TrainingPass>> passes;
    synchronized (this) {
      closed = true;
      passes = new HashMap<>(idle);
      idle.clear();
    }
    passes.values().forEach(deque -> deque.forEach(TrainingPass::close));
  }
}
