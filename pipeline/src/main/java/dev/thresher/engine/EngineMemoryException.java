package dev.thresher.engine;

/** A plan that does not fit into the memory that plans may take. */
public final class EngineMemoryException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Says what does not fit, and what to do. */
  public EngineMemoryException(String message) {
    super(message);
  }
}
