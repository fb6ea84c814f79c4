package dev.thresher.jobs;

/** A command that cannot be carried out as it was given. */
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With the message for the user. */
  public UsageException(String message) {
    super(message);
  }
}
