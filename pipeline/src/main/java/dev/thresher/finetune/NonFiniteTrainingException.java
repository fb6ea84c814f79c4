package dev.thresher.finetune;

/** A round whose loss or scales were NaN or infinite twice in a row. */
public final class NonFiniteTrainingException extends FineTuneException {
  private static final long serialVersionUID = 1L;

  /** With the message for the user. */
  public NonFiniteTrainingException(String message) {
    super(message);
  }
}
