package dev.thresher.sample;

import java.io.Serializable;
import java.util.Comparator;

/**
 * The place of an indexed member in the order in which members are drawn: by stratum, then by
 * seeded hash. What is the same image stands together, the earlier source first.
 *
 * @param stratum of the image, {@link #NOTES} for what cannot be one
 * @param hash that selects within the stratum, unsigned
 * @param id of the image
 * @param source that names it, by its place among the sources
 * @param path where it lies
 */
public record DrawKey(String stratum, long hash, String id, int source, String path)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** No class can be called this. */
  static final String NOTES = "\0";

  private static final int SLICE_BITS = 4;

  /**
   * A sixteenth of a stratum's hashes: small enough for one task even where all images are of one
   * stratum.
   *
   * @param slice from 0, in the order of hashes
   */
  public record Slot(String stratum, int slice) implements Serializable, Comparable<Slot> {
    private static final long serialVersionUID = 1L;
    private static final Comparator<Slot> ORDER =
        Comparator.comparing(Slot::stratum).thenComparing(Slot::slice);

    @Override
    public int compareTo(Slot other) {
      return ORDER.compare(this, other);
    }
  }

  /** Compares by stratum, hash, id, source, path. */
  public static final class Order implements Comparator<DrawKey>, Serializable {
    private static final long serialVersionUID = 1L;
    private static final Comparator<DrawKey> BY_FIELDS =
        Comparator.comparing(DrawKey::stratum)
            .thenComparing(DrawKey::hash, Long::compareUnsigned)
            .thenComparing(DrawKey::id)
            .thenComparing(DrawKey::source)
            .thenComparing(DrawKey::path);

    @Override
    public int compare(DrawKey a, DrawKey b) {
      return BY_FIELDS.compare(a, b);
    }
  }

  /** The slot that it is counted in. */
  public Slot slot() {
    return new Slot(stratum, (int) (hash >>> (Long.SIZE - SLICE_BITS)));
  }
}
