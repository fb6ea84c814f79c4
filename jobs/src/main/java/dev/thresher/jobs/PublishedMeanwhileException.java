package dev.thresher.jobs;

/** Somebody else published while a choice was made from what was published before. */
final class PublishedMeanwhileException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With the message for the user. */
  PublishedMeanwhileException(String message) {
    super(message);
  }
}
