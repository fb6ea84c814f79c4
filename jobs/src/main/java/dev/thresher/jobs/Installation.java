package dev.thresher.jobs;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Optional;

/** Finds the folder that Thresher was built in: conf, deploy and the jars. */
final class Installation {
  private static final String LANDMARK = "deploy/jvm.flags";

  private Installation() {}

  /** Above the jar or class folder that runs; empty where the jar travels alone (spark-submit). */
  static Optional<Path> home() {
    CodeSource source = Installation.class.getProtectionDomain().getCodeSource();
    if (source == null) {
      return Optional.empty();
    }
    try {
      for (Path folder = Path.of(source.getLocation().toURI());
          folder != null;
          folder = folder.getParent()) {
        if (Files.isRegularFile(folder.resolve(LANDMARK))) {
          return Optional.of(folder);
        }
      }
    } catch (URISyntaxException | IllegalArgumentException e) {
      // Not a file: a class loader of the cluster.
    }
    return Optional.empty();
  }
}
