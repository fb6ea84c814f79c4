package dev.thresher.provenance;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Properties;

/** Which build of this program runs. */
public final class Build {
  private Build() {}

  /** The version that the build was made of, from a file that the build writes. */
  public static String version() {
    Properties properties = new Properties();
    try (InputStream in = Build.class.getResourceAsStream("build.properties")) {
      properties.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read build.properties of this program's jar.", e);
    }
    return properties.getProperty("version");
  }

  /** {@code sha256:} and the hash of the jar that runs, or {@code loose classes}. */
  static String code() {
    CodeSource source = Build.class.getProtectionDomain().getCodeSource();
    try {
      Path path = source == null ? null : Path.of(source.getLocation().toURI());
      return path == null || !Files.isRegularFile(path)
          ? "loose classes"
          : "sha256:" + Hashes.sha256(Files.readAllBytes(path));
    } catch (IOException | URISyntaxException e) {
      return "unreadable: " + e.getClass().getSimpleName();
    }
  }
}
