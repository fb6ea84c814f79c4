package dev.thresher.jobs;

/** Data, a network or a run that a job was pointed to and that it cannot use. */
public final class BadInputException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With the message for the user. */
  public BadInputException(String message) {
    super(message);
  }

  /** With the message for the user and what was thrown below. */
  public BadInputException(String message, Throwable cause) {
    super(message, cause);
  }
}
