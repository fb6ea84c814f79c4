package dev.thresher.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.hadoop.fs.FileUtil;

/**
 * Folders of this process for what Spark keeps on disk while it works, which nobody else may read:
 * Spark's own are open to all users. They are removed when the process ends.
 */
final class Scratch {
  /** Where Spark works if nothing else is said. */
  static final String USUAL = System.getProperty("java.io.tmpdir");

  /** Spark remembers the first folders of a process, so these live as long. */
  private static final Map<String, Path> MADE = new HashMap<>();

  private Scratch() {}

  /** A folder of ours in each of these, which are separated by commas. */
  static String within(String folders) {
    return Stream.of(folders.split(","))
        .map(String::strip)
        .filter(folder -> !folder.isEmpty())
        .map(folder -> of(folder).toString())
        .collect(Collectors.joining(","));
  }

  private static synchronized Path of(String folder) {
    return MADE.computeIfAbsent(folder, Scratch::make);
  }

  private static Path make(String folder) {
    try {
      Files.createDirectories(Path.of(folder));
      Path made = Files.createTempDirectory(Path.of(folder), "thresher-");
      Runtime.getRuntime().addShutdownHook(new Thread(() -> FileUtil.fullyDelete(made.toFile())));
      return made;
    } catch (IOException e) {
      throw new BadInputException(
          "Cannot make a folder in %s, where Spark is to work: %s; set spark.local.dir to a folder that can be written"
              .formatted(folder, e),
          e);
    }
  }
}
