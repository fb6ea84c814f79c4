package dev.thresher.store;

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

  private static long passed;

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
    if (AT != 0) {
      count(moment, path);
    }
  }

  /**
   * Tasks write side by side: a moment is counted and told in one step, so numbers come in order.
   */
  private static synchronized void count(String moment, String path) {
    passed++;
    System.err.println("halt point " + passed + ": " + moment + " " + path);
    if (passed == AT) {
      Runtime.getRuntime().halt(KILLED);
    }
  }
}
