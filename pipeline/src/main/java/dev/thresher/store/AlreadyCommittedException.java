package dev.thresher.store;

/**
 * A commit record that was there before: somebody else committed first, and nothing was written.
 */
public final class AlreadyCommittedException extends StoreException {
  private static final long serialVersionUID = 1L;

  /** For the record of this key in this run. */
  AlreadyCommittedException(String key, String run) {
    super(
        "Cannot commit "
            + key
            + " of "
            + run
            + ": it is committed already. Another job works on the same run; let it end, or choose"
            + " another run id.");
  }
}
