package dev.thresher.store;

/** A writer whose run another one has taken over: it may commit nothing more. */
public final class FencedException extends StoreException {
  private static final long serialVersionUID = 1L;

  /** Of this run, by that writer. */
  FencedException(String run, String successor) {
    super(
        "Cannot go on with "
            + run
            + ": another job has taken it over ("
            + successor
            + "). What was committed so far is kept and that job continues from it; there is"
            + " nothing to do here.");
  }
}
