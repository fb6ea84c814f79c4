package dev.thresher.sample;

import dev.thresher.image.PreparedImage;
import java.io.Serializable;

/**
 * An image that was found, not yet read.
 *
 * @param path where it lies: a local path or an address that Hadoop understands
 * @param className its class (a folder name), empty where none is known
 * @param name base name of the file; below a folder of its class or source, its relative path
 * @param label index of its class, {@link PreparedImage#UNLABELLED} where unknown
 */
public record ImageRef(String path, String className, String name, int label)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Refuses images without a name and labels below -1. */
  public ImageRef {
    if (name.isEmpty() || label < PreparedImage.UNLABELLED) {
      throw new IllegalArgumentException(
          "Cannot refer to image '%s' (name '%s') with label %d: names are not empty, labels start at 0, -1 stands for none."
              .formatted(path, name, label));
    }
  }

  /** Class and name: what an image is known by wherever it lies. */
  public String id() {
    return className.isEmpty() ? name : className + "/" + name;
  }

  /**
   * What it is selected within: its class, or all others without one. Labels take no part, so that
   * a sample is the same with shuffled labels or none.
   */
  String stratum() {
    return className;
  }
}
