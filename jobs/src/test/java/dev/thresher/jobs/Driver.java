package dev.thresher.jobs;

import dev.thresher.jobs.config.StoreSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** The command in a JVM of its own, which a test may kill as it likes. */
final class Driver {
  /** In the long form for a machine that has other work to do, or a quick start to run. */
  private static final Duration LONGEST = Duration.ofMinutes(Soak.isLong() ? 30 : 5);

  private final Process process;
  private final Path log;

  private Driver(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /** Starts the command with Java options of its own; credentials go through its environment. */
  static Driver start(Path log, StoreSettings.S3 s3, List<String> options, List<String> arguments)
      throws IOException {
    return start(log.getParent(), log, s3, options, arguments);
  }

  /** The same in this working directory. */
  static Driver start(
      Path directory, Path log, StoreSettings.S3 s3, List<String> options, List<String> arguments)
      throws IOException {
    Path home = Installation.home().orElseThrow();
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.add("@" + home.resolve("deploy/jvm.flags"));
    line.addAll(List.of("-Xmx1g", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
    line.addAll(options);
    line.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
    line.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(line).directory(directory.toFile());
    if (s3 != null) {
      builder.environment().put("AWS_ACCESS_KEY_ID", s3.accessKey().reveal());
      builder.environment().put("AWS_SECRET_ACCESS_KEY", s3.secretKey().reveal());
      builder.environment().remove("AWS_SESSION_TOKEN");
    }
    return new Driver(builder.redirectErrorStream(true).redirectOutput(log.toFile()).start(), log);
  }

  /** Waits until something is so, or the process has ended. */
  Driver until(BooleanSupplier isSo) throws InterruptedException {
    Instant end = Instant.now().plus(LONGEST);
    while (!isSo.getAsBoolean() && process.isAlive() && Instant.now().isBefore(end)) {
      Thread.sleep(2);
    }
    return this;
  }

  /** SIGKILL. */
  void kill() throws InterruptedException {
    process.destroyForcibly();
    end();
  }

  /** Its exit status, when it has ended. */
  int end() throws InterruptedException {
    if (!process.waitFor(LONGEST.toSeconds(), TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("the command did not end: " + said());
    }
    return process.exitValue();
  }

  String said() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      throw new AssertionError("cannot read " + log, e);
    }
  }
}
