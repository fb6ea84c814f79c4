package dev.thresher.sample;

import java.io.IOException;

/** A place that is never read, whoever names it; the message says why, without the place. */
final class UnreadableLocationException extends IOException {
  private static final long serialVersionUID = 1L;

  UnreadableLocationException(String reason) {
    super(reason);
  }
}
