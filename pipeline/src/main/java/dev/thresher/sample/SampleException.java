package dev.thresher.sample;

/** Images, lists or parts that cannot be used; the message names them, why, and what to do. */
public class SampleException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With the message for the user. */
  public SampleException(String message) {
    super(message);
  }

  /** With the message for the user and what was thrown below. */
  public SampleException(String message, Throwable cause) {
    super(message, cause);
  }
}
