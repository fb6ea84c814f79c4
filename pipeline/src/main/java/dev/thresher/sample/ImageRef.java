package dev.thresher.sample;

import dev.thresher.image.PreparedImage;

/**
 * An image that was found, not yet read.
 *
 * @param location where its bytes lie
 * @param className its class (a folder name), empty where none is known
 * @param name base name of the file; below a folder of its class or source, its relative path
 * @param label index of its class, {@link PreparedImage#UNLABELLED} where unknown
 */
public record ImageRef(ImageLocation location, String className, String name, int label)
    implements Indexed {
  private static final long serialVersionUID = 1L;

  /** Refuses images without a name and labels below -1. */
  public ImageRef {
    if (name.isEmpty() || label < PreparedImage.UNLABELLED) {
      throw new IllegalArgumentException(
          "Cannot refer to image '%s' of %s with label %d: names are not empty, labels start at 0, -1 stands for none."
              .formatted(name, location.file(), label));
    }
  }

  /** Class and name: what an image is known by wherever it lies. */
  public String id() {
    return className.isEmpty() ? name : className + "/" + name;
  }

  /** Where it lies, for messages. */
  public String path() {
    return location.describe(id());
  }

  /**
   * What it is selected within: its class, or all others without one. Labels take no part, so that
   * a sample is the same with shuffled labels or none.
   */
  public String stratum() {
    return className;
  }

  boolean isOfAClassWithoutLabel() {
    return label == PreparedImage.UNLABELLED && !className.isEmpty();
  }

  /** The same with a label; one that it has stays. */
  public ImageRef labelled(Labels labels) {
    if (label != PreparedImage.UNLABELLED) {
      return this;
    }
    return new ImageRef(location, className, name, labels.label(lookup(), className));
  }

  private String lookup() {
    return location instanceof ImageLocation.WholeFile file ? file.file() : id();
  }
}
