package dev.thresher.checkpoint;

/** Checkpoints that cannot be used as asked; the message says which, why, and what to do. */
public final class CheckpointException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With the message for the user. */
  public CheckpointException(String message) {
    super(message);
  }

  /** With the message for the user and what was thrown below. */
  public CheckpointException(String message, Throwable cause) {
    super(message, cause);
  }
}
