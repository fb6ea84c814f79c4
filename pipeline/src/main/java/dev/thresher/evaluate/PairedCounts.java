package dev.thresher.evaluate;

/**
 * How two networks did on the same labelled images.
 *
 * @param both right in both
 * @param lost right in the first, wrong in the second
 * @param gained wrong in the first, right in the second
 * @param neither wrong in both
 */
public record PairedCounts(long both, long lost, long gained, long neither) {
  /** Refuses negative counts. */
  public PairedCounts {
    if (both < 0 || lost < 0 || gained < 0 || neither < 0) {
      throw new IllegalArgumentException(
          "Cannot compare counts " + both + ", " + lost + ", " + gained + ", " + neither + ".");
    }
  }

  /** Images counted. */
  public long images() {
    return both + lost + gained + neither;
  }

  /** Right in the first network. */
  public long first() {
    return both + lost;
  }

  /** Right in the second network. */
  public long second() {
    return both + gained;
  }

  /** These and those. */
  PairedCounts plus(PairedCounts that) {
    return new PairedCounts(
        both + that.both, lost + that.lost, gained + that.gained, neither + that.neither);
  }

  /** What the second network loses against the first. */
  public Drop drop() {
    return Drop.of(this);
  }
}
