package dev.thresher.sample;

import java.io.Serializable;

/** How many of the images that are found a sample takes. */
public sealed interface SampleSize extends Serializable {
  /** A tenth, but of small sets at least so many that training has what it needs. */
  SampleSize AUTO = new Auto();

  /**
   * The share of this many images.
   *
   * @param found distinct images, 1 or more
   * @return above 0, at most 1
   */
  double of(long found);

  /** A share that the user names, above 0, at most 1. */
  record Fraction(double share) implements SampleSize {
    private static final long serialVersionUID = 1L;

    /** Refuses what is no share. */
    public Fraction {
      Selection.checkFraction(share);
    }

    @Override
    public double of(long found) {
      return share;
    }
  }

  /** {@code min(1, max(0.1, 5000 / found))}: sets of up to 5,000 images are used whole. */
  record Auto() implements SampleSize {
    private static final long serialVersionUID = 1L;

    /** The paper's tenth of ImageNet. */
    private static final double USUAL_SHARE = 0.1;

    /** So many images train the thresholds of every network that was measured. */
    private static final int ENOUGH = 5000;

    @Override
    public double of(long found) {
      return Math.min(1, Math.max(USUAL_SHARE, (double) ENOUGH / found));
    }
  }
}
