package dev.thresher.provenance;

/** A provenance document that cannot be read; the message says what is wrong with it. */
public class ProvenanceFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With the message for the user and what was thrown below. */
  public ProvenanceFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
