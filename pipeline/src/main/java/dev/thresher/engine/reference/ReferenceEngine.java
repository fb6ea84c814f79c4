package dev.thresher.engine.reference;

import dev.thresher.engine.Engine;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.TrainingPass;
import dev.thresher.network.Graph;

/**
 * The engine in plain Java: the oracle of the native engine's tests, and the fallback where no
 * native library loads. One thread per pass, deterministic, image by image: results do not depend
 * on the batch.
 */
public final class ReferenceEngine implements Engine {
  @Override
  public String name() {
    return "reference";
  }

  @Override
  public String instructionSet() {
    return "plain Java";
  }

  @Override
  public FloatPass floatPass(Graph graph, int batch) {
    return new ReferenceFloatPass(graph, batch);
  }

  @Override
  public QuantizedPass quantizedPass(IntegerNetwork network, int batch) {
    return new ReferenceQuantizedPass(network, batch);
  }

  @Override
  public TrainingPass trainingPass(ThresholdedNetwork network, int batch) {
    return new ReferenceTrainingPass(network, batch);
  }
}
