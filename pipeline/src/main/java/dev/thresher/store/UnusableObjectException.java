package dev.thresher.store;

import java.io.IOException;

/** What has an object's name is no object: a link, a folder, or larger than any such object is. */
final class UnusableObjectException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Saying what it is instead. */
  UnusableObjectException(String message) {
    super(message);
  }

  static UnusableObjectException larger(long limit) {
    return new UnusableObjectException("it has more than " + limit + " bytes");
  }
}
