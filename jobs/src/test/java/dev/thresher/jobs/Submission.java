package dev.thresher.jobs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.TreeSet;

/** A job on its way through a cluster, watched: the arguments of every process of the machine. */
final class Submission {
  private static final Duration LONGEST = Duration.ofMinutes(4);
  private static final Path PROCESSES = Path.of("/proc");

  private final Process process;
  private final Path log;
  private final Instant end = Instant.now().plus(LONGEST);
  private final Set<String> arguments = new TreeSet<>();

  Submission(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /** What a test waits for. */
  interface Event {
    boolean isThere() throws IOException;
  }

  /** Waits for something that must come before the job ends. */
  void until(Event event) throws Exception {
    while (!event.isThere()) {
      assertThat(process.isAlive()).as(this::said).isTrue();
      look();
    }
  }

  /** Its exit status, when it has ended by itself. */
  int end() throws Exception {
    while (process.isAlive()) {
      look();
    }
    return process.exitValue();
  }

  /** Arguments of all processes that were seen. */
  Set<String> arguments() {
    return arguments;
  }

  String said() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new AssertionError("cannot read " + log, e);
    }
  }

  private void look() throws Exception {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(PROCESSES, "[0-9]*")) {
      for (Path one : all) {
        try {
          arguments.add(Files.readString(one.resolve("cmdline"), ISO_8859_1));
        } catch (IOException e) {
          // It has ended.
        }
      }
    }
    if (Instant.now().isAfter(end)) {
      process.destroyForcibly();
      throw new AssertionError("the job did not end: " + said());
    }
    Thread.sleep(50);
  }
}
