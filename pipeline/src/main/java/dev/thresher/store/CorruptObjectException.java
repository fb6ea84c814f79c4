package dev.thresher.store;

/** An object whose bytes are not those that its commit record names. */
public final class CorruptObjectException extends StoreException {
  private static final long serialVersionUID = 1L;

  /** With the message for the user. */
  CorruptObjectException(String message) {
    super(message);
  }
}
