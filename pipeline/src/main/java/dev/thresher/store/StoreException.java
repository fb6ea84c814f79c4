package dev.thresher.store;

/** A store that cannot be used as asked; the message names the store, why, and what to do. */
public class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With the message for the user. */
  public StoreException(String message) {
    super(message);
  }

  /** With the message for the user and what was thrown below. */
  public StoreException(String message, Throwable cause) {
    super(message, cause);
  }
}
