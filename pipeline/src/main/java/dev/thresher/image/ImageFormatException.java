package dev.thresher.image;

/** Bytes that cannot be used as an image; the message says why. */
public class ImageFormatException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With the reason. */
  public ImageFormatException(String message) {
    super(message);
  }

  /** With the reason and what was thrown below. */
  public ImageFormatException(String message, Throwable cause) {
    super(message, cause);
  }
}
