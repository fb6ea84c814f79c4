package dev.thresher.export;

/** A quantized model's file that cannot be used; the message says what is wrong where. */
public class ModelFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With the message for the user. */
  public ModelFormatException(String message) {
    super(message);
  }

  /** With the message for the user and what was thrown below. */
  public ModelFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
