package dev.thresher.sample;

import java.util.Optional;

/** Refuses an archive that holds several parts of a set: they would be mixed. */
final class OneSplit {
  private final String archive;
  private String split;

  OneSplit(String archive) {
    this.archive = archive;
  }

  /** Holds a member's path against those before. */
  void check(String path) {
    Optional<String> found = ImageNames.split(path);
    if (found.isEmpty()) {
      return;
    }
    if (split != null && !split.equals(found.get())) {
      throw new SampleException(
          "Cannot tell which images of %s are meant: they lie in folders called %s and %s, as parts of a set are. Make an archive of one of them, or unpack it and give the folder."
              .formatted(archive, split, found.get()));
    }
    split = found.get();
  }
}
