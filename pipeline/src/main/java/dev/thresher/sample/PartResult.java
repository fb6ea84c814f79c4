package dev.thresher.sample;

import java.io.Serializable;
import java.util.List;

/**
 * What became of one part.
 *
 * @param number of the part
 * @param part the object written
 * @param labelled rows that have a label
 * @param bad images that were skipped, in order
 * @param fallback images that the second decoder read, and why, in order
 */
public record PartResult(
    int number, PartRecord part, int labelled, List<ImageNote> bad, List<ImageNote> fallback)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Copies. */
  public PartResult {
    bad = List.copyOf(bad);
    fallback = List.copyOf(fallback);
  }
}
