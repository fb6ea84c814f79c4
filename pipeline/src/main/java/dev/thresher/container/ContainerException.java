package dev.thresher.container;

/** Bytes that are not the container that was asked for; the message says why and what to do. */
public final class ContainerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String reason;

  ContainerException(String kind, String reason, Throwable cause) {
    super("Cannot read a " + kind + ": " + reason, cause);
    this.reason = reason;
  }

  /** Why and what to do, for a message that begins with the name of the file. */
  public String reason() {
    return reason;
  }
}
