package dev.thresher.engine;

import dev.thresher.engine.reference.ReferenceEngine;

/** The engines by the names that configuration and provenance use. */
public final class Engines {
  private Engines() {}

  /**
   * The engine of a name.
   *
   * @param name {@code auto} or {@code reference}
   * @throws IllegalArgumentException for another name
   */
  public static Engine select(String name) {
    return switch (name) {
      case "auto", "reference" -> new ReferenceEngine();
      default ->
          throw new IllegalArgumentException(
              "Cannot compute with engine " + name + ": auto and reference are known.");
    };
  }
}
