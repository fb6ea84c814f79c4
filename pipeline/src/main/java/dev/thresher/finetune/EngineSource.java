package dev.thresher.finetune;

import dev.thresher.engine.Engine;
import dev.thresher.engine.Engines;
import java.io.Serializable;

/** How a JVM comes to its engine; travels to executors, where each JVM opens its own. */
@FunctionalInterface
public interface EngineSource extends Serializable {
  /** The engine of this JVM. */
  Engine open();

  /** The engine of a name that {@link Engines} knows. */
  static EngineSource named(String name) {
    return () -> Engines.select(name);
  }
}
