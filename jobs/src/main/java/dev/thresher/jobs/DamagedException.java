package dev.thresher.jobs;

/** Objects or records of a run that are not what was committed. */
final class DamagedException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With the message for the user. */
  DamagedException(String message) {
    super(message);
  }
}
