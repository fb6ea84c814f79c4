package dev.thresher.engine.onednn;

import dev.thresher.engine.Engine;
import dev.thresher.engine.EngineUnavailableException;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.TrainingPass;
import dev.thresher.network.Graph;
import java.util.Optional;

/**
 * Convolutions by oneDNN, the same integers as every engine on every instruction set. A pass uses
 * the thread that calls it and no other, whatever OMP_NUM_THREADS says; passes of several threads
 * run side by side.
 */
public final class OneDnnEngine implements Engine {
  /** Name in configuration and provenance. */
  public static final String NAME = "onednn";

  /**
   * Loads the native library.
   *
   * @throws EngineUnavailableException if this engine cannot run here
   */
  public OneDnnEngine() {
    obstacle()
        .ifPresent(
            obstacle -> {
              throw new EngineUnavailableException(
                  "Cannot compute with engine onednn, because %s. To mend it, %s. engine=reference computes without it, many times slower."
                      .formatted(obstacle.reason(), obstacle.mend()));
            });
  }

  /** What keeps this engine from running in this JVM, if anything; found out once. */
  public static Optional<Obstacle> obstacle() {
    return Looked.FOUND;
  }

  /** A class whose library failed to load tells why the first time only. */
  private static final class Looked {
    static final Optional<Obstacle> FOUND = find();

    private static Optional<Obstacle> find() {
      Optional<Obstacle> java = Obstacle.ofJava(Runtime.version().feature());
      if (java.isPresent()) {
        return java;
      }
      if (Obstacle.lacksVectors()) {
        return Optional.of(Obstacle.noVectors());
      }
      try {
        Native.load();
        return Optional.empty();
      } catch (LinkageError | RuntimeException e) {
        return Optional.of(Obstacle.noLibrary(e));
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
