package dev.thresher.engine.onednn;

import dev.thresher.engine.Engine;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.TrainingPass;
import dev.thresher.network.Graph;
import java.util.Optional;

/**
 * Convolutions by oneDNN, the same integers as every engine on every instruction set. A pass uses
 * one thread; passes of several threads run side by side. Set OMP_NUM_THREADS=1: oneDNN's own
 * threads would only wait for each other.
 */
public final class OneDnnEngine implements Engine {
  /** Name in configuration and provenance. */
  public static final String NAME = "onednn";

  private static final String VECTORS = "jdk.incubator.vector";

  /** Loads the native library. */
  public OneDnnEngine() {
    obstacle()
        .ifPresent(
            reason -> {
              throw new IllegalStateException("Cannot use the oneDNN engine: " + reason + ".");
            });
  }

  /** What keeps this engine from running on this machine, if anything; found out once. */
  public static Optional<String> obstacle() {
    return Obstacle.FOUND;
  }

  /** A class whose library failed to load tells why the first time only. */
  private static final class Obstacle {
    static final Optional<String> FOUND = find();

    private static Optional<String> find() {
      if (ModuleLayer.boot().findModule(VECTORS).isEmpty()) {
        return Optional.of("the JVM was started without --add-modules=" + VECTORS);
      }
      try {
        Native.load();
        return Optional.empty();
      } catch (LinkageError | RuntimeException e) {
        return Optional.of("its native library does not load (" + e + ")");
      }
    }
  }

  @Override
  public String instructionSet() {
    return Native.instructionSet();
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public FloatPass floatPass(Graph graph, int batch) {
    return new OneDnnFloatPass(graph, batch);
  }

  @Override
  public QuantizedPass quantizedPass(IntegerNetwork network, int batch) {
    return new OneDnnQuantizedPass(network, batch);
  }

  @Override
  public TrainingPass trainingPass(ThresholdedNetwork network, int batch) {
    return new OneDnnTrainingPass(network, batch);
  }
}
