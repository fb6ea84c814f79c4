package dev.thresher.engine;

/** An engine was asked for by name on a machine, or in a JVM, where it cannot run. */
public final class EngineUnavailableException extends IllegalStateException {
  private static final long serialVersionUID = 1L;

  /** Says which engine cannot run, why, and what mends it. */
  public EngineUnavailableException(String message) {
    super(message);
  }
}
