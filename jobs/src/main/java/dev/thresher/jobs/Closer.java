package dev.thresher.jobs;

import java.util.ArrayDeque;
import java.util.Deque;

/** Closes what was opened, the last first. */
final class Closer implements AutoCloseable {
  /** Something whose closing does not fail in a way that anybody could handle. */
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  <T extends AutoCloseable> T later(T resource) {
    open.push(resource);
    return resource;
  }

  @Override
  public void close() {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        throw new IllegalStateException("Cannot close: " + e.getMessage(), e);
      }
    }
  }
}
