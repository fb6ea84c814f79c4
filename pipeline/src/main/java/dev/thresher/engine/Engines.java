package dev.thresher.engine;

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
   * @throws IllegalStateException if oneDNN is asked for and cannot run
   */
  public static Engine select(String name) {
    return switch (name) {
      case "auto" -> auto();
      case OneDnnEngine.NAME -> new OneDnnEngine();
      case "reference" -> new ReferenceEngine();
      default ->
          throw new IllegalArgumentException(
              "Cannot compute with engine " + name + ": auto, onednn and reference are known.");
    };
  }

  private static Engine auto() {
    Optional<String> obstacle = OneDnnEngine.obstacle();
    if (obstacle.isPresent()) {
      say("Engine: reference, many times slower than onednn, because " + obstacle.get() + ".");
      return new ReferenceEngine();
    }
    OneDnnEngine engine = new OneDnnEngine();
    say(
        "Engine: onednn, because its native library loads; it uses "
            + engine.instructionSet()
            + ".");
    if (!"1".equals(System.getenv("OMP_NUM_THREADS"))) {
      say("Set OMP_NUM_THREADS=1: oneDNN's own threads slow down tasks that run side by side.");
    }
    return engine;
  }

  private static void say(String message) {
    if (SAID.add(message)) {
      LOG.info(message);
    }
  }
}
