package dev.thresher.finetune;

/** Fine-tuning that cannot be done as asked; the message says on what, why, and what to do. */
public class FineTuneException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With the message for the user. */
  public FineTuneException(String message) {
    super(message);
  }

  /** With the message for the user and what was thrown below. */
  public FineTuneException(String message, Throwable cause) {
    super(message, cause);
  }
}
