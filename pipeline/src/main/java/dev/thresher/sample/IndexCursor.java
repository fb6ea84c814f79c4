package dev.thresher.sample;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;

/** Goes through the members of a unit, one at a time; holds no more than the next one. */
public abstract class IndexCursor implements Iterator<Indexed>, Closeable {
  private final String what;
  private Indexed next;
  private boolean ended;

  IndexCursor(String what) {
    this.what = what;
  }

  /** The next member, null after the last. */
  abstract Indexed advance() throws IOException;

  @Override
  public final boolean hasNext() {
    if (next == null && !ended) {
      try {
        next = advance();
      } catch (IOException | UncheckedIOException e) {
        throw new UncheckedIOException(
            new IOException("Cannot look through %s: %s".formatted(what, e.getMessage()), e));
      }
      ended = next == null;
    }
    return !ended;
  }

  @Override
  public final Indexed next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    Indexed given = next;
    next = null;
    return given;
  }
}
