package dev.thresher.report;

/** Objects of a run that a report cannot be made of; the message says why. */
public class ReportException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With the message for the user and what was thrown below. */
  public ReportException(String message, Throwable cause) {
    super(message, cause);
  }
}
