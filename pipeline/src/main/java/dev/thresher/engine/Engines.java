package dev.thresher.engine;

import dev.thresher.engine.onednn.Obstacle;
import dev.thresher.engine.onednn.OneDnnEngine;
import dev.thresher.engine.reference.ReferenceEngine;
import dev.thresher.tensor.NativeMemory;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The engines by the names that configuration and provenance use. */
public final class Engines {
  private static final Logger LOG = LoggerFactory.getLogger(Engines.class);
  private static final String THREADS = "OMP_NUM_THREADS";
  private static final Set<String> SAID = ConcurrentHashMap.newKeySet();

  static {
    NativeMemory.isNotForTheLoaderToLimit();
  }

  private Engines() {}

  /**
   * The engine of a name. {@code auto} takes oneDNN where it loads, and says once what it took and
   * why.
   *
   * @param name {@code auto}, {@code onednn} or {@code reference}
   * @throws IllegalArgumentException for another name
   * @throws EngineUnavailableException if oneDNN is asked for and cannot run, or if the environment
   *     keeps every engine from running
   */
  public static Engine select(String name) {
    requireNumber(System.getenv(THREADS));
    return switch (name) {
      case "auto" -> auto();
      case OneDnnEngine.NAME -> new OneDnnEngine();
      case "reference" -> new ReferenceEngine();
      default ->
          throw new IllegalArgumentException(
              "Cannot compute with engine " + name + ": auto, onednn and reference are known.");
    };
  }

  /** How many threads it names changes nothing, but ND4J does not load where it is no number. */
  static void requireNumber(String threads) {
    if (threads != null && !threads.isEmpty() && !threads.matches("[0-9]{1,9}")) {
      throw new EngineUnavailableException(
          "Cannot compute where "
              + THREADS
              + " is '"
              + threads
              + "': ND4J reads one whole number there. Unset it: Thresher sets its threads itself.");
    }
  }

  private static Engine auto() {
    Optional<Obstacle> obstacle = OneDnnEngine.obstacle();
    if (obstacle.isPresent()) {
      String slow =
          "Engine: reference, many times slower than onednn, because %s. To mend it, %s."
              .formatted(obstacle.get().reason(), obstacle.get().mend());
      if (SAID.add(slow)) {
        LOG.warn(slow);
      }
      return new ReferenceEngine();
    }
    OneDnnEngine engine = new OneDnnEngine();
    String fast =
        "Engine: onednn, because its native library loads; it uses "
            + engine.instructionSet()
            + ".";
    if (SAID.add(fast)) {
      LOG.info(fast);
    }
    return engine;
  }
}
