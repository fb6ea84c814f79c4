package dev.thresher.evaluate;

/** Networks, images or documents that cannot be evaluated; the message says why. */
public class EvaluationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With the message for the user. */
  public EvaluationException(String message) {
    super(message);
  }

  /** With the message for the user and what was thrown below. */
  public EvaluationException(String message, Throwable cause) {
    super(message, cause);
  }
}
