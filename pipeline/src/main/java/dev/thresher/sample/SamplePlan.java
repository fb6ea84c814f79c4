package dev.thresher.sample;

import java.util.ArrayList;
import java.util.List;

/**
 * What a sample will hold before any image is read: its images in order, cut into parts.
 *
 * <p>Image i of n goes to part i mod P, P = max(1, ceil(n / partImages)): a function of the sample
 * alone, so that no cluster and no number of tasks can change it.
 *
 * @param catalogue all images that were found
 * @param seed of selection and order
 * @param fraction share of the images that is taken, above 0, at most 1
 * @param partImages images of a part, at most
 * @param images the sample, in order
 */
public record SamplePlan(
    Catalogue catalogue, long seed, double fraction, int partImages, List<ImageRef> images) {

  /** Copies; refuses parts of no images. */
  public SamplePlan {
    Selection.checkFraction(fraction);
    if (partImages < 1) {
      throw new IllegalArgumentException(
          "Cannot write parts of %d images: give at least 1.".formatted(partImages));
    }
    images = List.copyOf(images);
  }

  /** Selects a fraction of the images, stratified by class; fraction 1 takes all. */
  public static SamplePlan of(Catalogue catalogue, double fraction, long seed, int partImages) {
    List<ImageRef> images = Selection.select(catalogue.images(), fraction, seed);
    return new SamplePlan(catalogue, seed, fraction, partImages, images);
  }

  /** Number of parts, P. */
  public int parts() {
    return 1 + (Math.max(1, images.size()) - 1) / partImages;
  }

  /** The images of part {@code part}, 0 to P - 1, in order. */
  public List<ImageRef> part(int part) {
    List<ImageRef> members = new ArrayList<>();
    for (int i = part; i < images.size(); i += parts()) {
      members.add(images.get(i));
    }
    return members;
  }
}
