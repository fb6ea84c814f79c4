package dev.thresher.store;

import java.util.concurrent.atomic.AtomicLong;

/**
 * Ends the process, as a power cut would, at the n-th moment in which a store is being changed:
 * before an object is written, in the middle of it, after it. For the tests of recovery, which set
 * the system property {@value #PROPERTY} to n in a process of their own; each moment is then told
 * on standard error. Nothing happens where the property is not set.
 */
final class HaltPoint {
  static final String PROPERTY = "thresher.test.halt-at";

  /** What a process that was killed returns. */
  private static final int KILLED = 137;

  private static final long AT = Long.getLong(PROPERTY, 0);
  private static final AtomicLong PASSED = new AtomicLong();

  private HaltPoint() {}

  static void before(String path) {
    pass("before", path);
  }

  static void inside(String path) {
    pass("inside", path);
  }

  static void after(String path) {
    pass("after", path);
  }

  private static void pass(String moment, String path) {
    if (AT == 0) {
      return;
    }
    long number = PASSED.incrementAndGet();
    System.err.println("halt point " + number + ": " + moment + " " + path);
    if (number == AT) {
      Runtime.getRuntime().halt(KILLED);
    }
  }
}
