package dev.thresher.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Real models and images that lie beside the project; tests that need them skip without. */
public final class SharedData {
  private SharedData() {}

  /** The folder, whether it exists or not. */
  public static Path root() {
    return projectRoot().resolveSibling("shared").resolve("data");
  }

  /** A file or folder below {@link #root}; skips the calling test where it is absent. */
  public static Path require(String relative) {
    Path path = root().resolve(relative);
    Assumptions.assumeTrue(
        Files.exists(path), () -> "skipped: ../shared/data/" + relative + " is absent");
    return path;
  }

  private static Path projectRoot() {
    String given = System.getProperty("thresher.root", "");
    if (!given.isEmpty()) {
      return Path.of(given).toAbsolutePath().normalize();
    }
    Path folder = Path.of("").toAbsolutePath();
    while (folder.getParent() != null && !Files.isDirectory(folder.resolve(".mvn"))) {
      folder = folder.getParent();
    }
    return folder;
  }
}
