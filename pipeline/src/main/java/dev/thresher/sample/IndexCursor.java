package dev.thresher.sample;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemLoopException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.TreeMap;
import org.apache.hadoop.security.AccessControlException;

/** Goes through the members of a unit, one at a time; holds no more than the next one. */
public abstract class IndexCursor implements Iterator<Indexed>, Closeable {
  private final String what;
  private final TreeMap<String, Integer> leftOut = new TreeMap<>();
  private Indexed next;
  private boolean ended;

  IndexCursor(String what) {
    this.what = what;
  }

  /** Counts a member that is no image by its name. */
  final void leaveOut(String name) {
    leftOut.merge(LeftOut.kind(name), 1, Integer::sum);
  }

  /** The next member, null after the last. */
  abstract Indexed advance() throws IOException;

  @Override
  public final boolean hasNext() {
    if (next == null && !ended) {
      try {
        next = advance();
        if (next == null && !leftOut.isEmpty()) {
          next = new LeftOut(what, leftOut);
          leftOut.clear();
        }
      } catch (IOException | UncheckedIOException e) {
        refuseWhatStaysSo(e);
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

  /** A folder in a circle, or one that may not be read, is so at the next try too. */
  private void refuseWhatStaysSo(Exception e) {
    Throwable cause = e instanceof UncheckedIOException unchecked ? unchecked.getCause() : e;
    if (cause instanceof FileSystemLoopException) {
      throw new SampleException(
          "Cannot look through %s: a link in it leads back to a folder above it (%s). Remove the link."
              .formatted(what, cause.getMessage()),
          e);
    }
    if (cause instanceof AccessDeniedException || cause instanceof AccessControlException) {
      throw new SampleException(
          "Cannot look through %s: access is denied (%s). Grant reading to the user that runs this."
              .formatted(what, cause.getMessage()),
          e);
    }
  }
}
