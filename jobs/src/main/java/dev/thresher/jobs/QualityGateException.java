package dev.thresher.jobs;

/**
 * A quantized network that is worse than evaluate.max-drop or evaluate.min-agreement allows; the
 * run itself is complete.
 */
public final class QualityGateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With the message for the user. */
  public QualityGateException(String message) {
    super(message);
  }
}
