package dev.thresher.sample;

import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Files of a unit that are no images by their names: what a user who expects them to be used should
 * know.
 *
 * @param location the folder, archive or list
 * @param kinds how many files of each kind: {@code .tif}, or {@code no suffix}
 */
public record LeftOut(String location, SortedMap<String, Integer> kinds) implements Indexed {
  private static final long serialVersionUID = 1L;
  private static final String NO_SUFFIX = "no suffix";

  /** Longer suffixes are no kinds of files. */
  private static final int LONGEST_SUFFIX = 12;

  /** Copies. */
  public LeftOut {
    kinds = new TreeMap<>(kinds);
  }

  static String kind(String name) {
    String extension = ImageNames.extension(ImageNames.base(name));
    boolean plain = extension.matches("[a-z0-9_+-]{1," + LONGEST_SUFFIX + "}");
    return plain ? "." + extension : NO_SUFFIX;
  }
}
