package dev.thresher.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A Spark as its project publishes it, untouched: its own scripts start a master and two workers of
 * one core on the loopback interface.
 */
final class StockSpark implements AutoCloseable {
  /** Folders of pyspark packages or unpacked distributions, with the path separator between. */
  private static final String HOMES = "THRESHER_SPARK_HOMES";

  private static final Pattern URL = Pattern.compile("spark://127\\.0\\.0\\.1:\\d+");
  private static final Duration LONGEST = Duration.ofMinutes(2);

  private final Path home;
  private final Path folder;
  private final List<Process> members = new ArrayList<>();
  private final String master;

  private StockSpark(Path home, Path folder) throws IOException, InterruptedException {
    this.home = home;
    this.folder = Files.createDirectories(folder);
    try {
      String on = "org.apache.spark.deploy.master.Master --host 127.0.0.1 --port 0 --webui-port 0";
      this.master = launch("master", "New state: ALIVE", on);
      for (int number = 1; number <= 2; number++) {
        String worker =
            "org.apache.spark.deploy.worker.Worker --host 127.0.0.1 --port 0 --webui-port 0"
                + " --cores 1 --memory 2g --work-dir %s %s"
                    .formatted(folder.resolve("work"), master);
        launch("worker-" + number, "Successfully registered with master", worker);
      }
    } catch (IOException | InterruptedException | RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /** Those that the environment names. */
  static List<Path> homes() {
    return Optional.ofNullable(System.getenv(HOMES)).stream()
        .flatMap(homes -> Arrays.stream(homes.split(File.pathSeparator)))
        .filter(home -> !home.isBlank())
        .map(Path::of)
        .toList();
  }

  static StockSpark start(Path home, Path folder) throws IOException, InterruptedException {
    return new StockSpark(home, folder);
  }

  /** The address of its master. */
  String master() {
    return master;
  }

  private String launch(String name, String ready, String words)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(home.resolve("bin/spark-class").toString());
    command.addAll(List.of(words.split(" ")));
    Path log = folder.resolve(name + ".log");
    members.add(process(home, command, log).start());
    Instant end = Instant.now().plus(LONGEST);
    while (!Files.readString(log, UTF_8).contains(ready)) {
      if (!members.get(members.size() - 1).isAlive() || Instant.now().isAfter(end)) {
        throw new AssertionError(name + " is not ready: " + Files.readString(log, UTF_8));
      }
      Thread.sleep(100);
    }
    Matcher url = URL.matcher(Files.readString(log, UTF_8));
    return url.find() ? url.group() : "";
  }

  /** A process that meets a Spark, on the Java of this one, and nothing else of the tests. */
  static ProcessBuilder process(Path home, List<String> command, Path log) {
    ProcessBuilder builder = new ProcessBuilder(command).directory(log.getParent().toFile());
    builder.environment().put("SPARK_HOME", home.toString());
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().remove("OMP_NUM_THREADS");
    return builder.redirectErrorStream(true).redirectOutput(log.toFile());
  }

  @Override
  public void close() {
    // Workers before their master: they end their executors.
    for (int i = members.size() - 1; i >= 0; i--) {
      Process member = members.get(i);
      member.destroy();
      try {
        if (!member.waitFor(30, TimeUnit.SECONDS)) {
          member.destroyForcibly();
        }
      } catch (InterruptedException e) {
        member.destroyForcibly();
        Thread.currentThread().interrupt();
      }
    }
  }
}
