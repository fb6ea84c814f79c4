package dev.thresher.checkpoint;

/**
 * Which states are kept besides the newest one, which always is, and the best.
 *
 * @param last number of newest states kept, at least 2 so that a damaged one has a predecessor
 */
public record Retention(int last) {
  /** Refuses fewer than two. */
  public Retention {
    if (last < 2) {
      throw new CheckpointException(
          "Cannot keep "
              + last
              + " checkpoints: at least 2 are needed, so that a damaged one has a predecessor.");
    }
  }
}
