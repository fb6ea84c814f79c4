package dev.thresher.sample;

import java.util.List;

/**
 * What a sample will hold before any image is read: its images in order, cut into parts.
 *
 * <p>Image i of n goes to part i mod P, P = max(1, ceil(n / partImages), min(n, shards)): a
 * function of the sample and the shards that train on it alone, so that no cluster and no number of
 * tasks can change it. Small samples have smaller parts, one at least for each shard. References
 * are kept packed, about 30 bytes an image.
 *
 * @param contents what was found
 * @param seed of selection and order
 * @param fraction share of the images that is taken, above 0, at most 1
 * @param partImages images of a part, at most
 * @param parts by number
 */
public record SamplePlan(
    SampleContents contents, long seed, double fraction, int partImages, List<PlannedPart> parts) {

  /** Copies; refuses parts of no images. */
  public SamplePlan {
    Selection.checkFraction(fraction);
    checkPartImages(partImages);
    parts = List.copyOf(parts);
  }

  private static void checkPartImages(int partImages) {
    if (partImages < 1) {
      throw new IllegalArgumentException(
          "Cannot write parts of %d images: give at least 1.".formatted(partImages));
    }
  }

  /**
   * Number of parts of a sample of this many images, P.
   *
   * @param partImages images of a part, at most
   * @param shards that train on the sample, 1 or more: each needs a part of its own
   */
  public static int parts(int images, int partImages, int shards) {
    checkPartImages(partImages);
    return Math.max(1 + (Math.max(1, images) - 1) / partImages, Math.min(images, shards));
  }

  /** Images of the sample. */
  public int images() {
    return parts.stream().mapToInt(PlannedPart::images).sum();
  }
}
