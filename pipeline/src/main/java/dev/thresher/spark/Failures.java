package dev.thresher.spark;

/** Finds in Spark's exceptions what a task threw. */
final class Failures {
  private Failures() {}

  /**
   * Throws the task's own exception where it is of this type, else the one that came. Spark's own
   * is a checked one that no signature declares.
   */
  static <E extends RuntimeException> RuntimeException ofTask(Exception e, Class<E> type) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (type.isInstance(cause)) {
        throw type.cast(cause);
      }
    }
    throw Failures.<RuntimeException>undeclared(e);
  }

  @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
  private static <T extends Exception> T undeclared(Exception e) throws T {
    throw (T) e;
  }
}
