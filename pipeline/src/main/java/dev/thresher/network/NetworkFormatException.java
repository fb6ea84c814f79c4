package dev.thresher.network;

/** A model file that cannot be used; the message names the file or node, why, and what to do. */
public class NetworkFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With the message for the user. */
  public NetworkFormatException(String message) {
    super(message);
  }

  /** With the message for the user and what was thrown below. */
  public NetworkFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
