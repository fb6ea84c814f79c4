package dev.thresher.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The standalone cluster that {@code deploy/standalone/cluster} starts: a master, workers of one
 * core and an S3 server, each in a process of its own.
 */
final class Cluster {
  private static final Path HOME = Installation.home().orElseThrow();
  private static final Pattern EXPORTED = Pattern.compile("(\\w+)=(\\S+)");

  private final Path folder;
  private final int workers;
  private final Thread atExit;

  private Cluster(Path folder, int workers) {
    this.folder = folder;
    this.workers = workers;
    // JUnit's own end does not come where the build is interrupted.
    this.atExit = new Thread(this::stopAnyway);
  }

  static Cluster start(Path folder, int workers) throws Exception {
    Cluster cluster = new Cluster(Files.createDirectories(folder), workers);
    Runtime.getRuntime().addShutdownHook(cluster.atExit);
    assertThat(cluster.command("start", Integer.toString(workers), "--with-store")).isZero();
    return cluster;
  }

  Path sparkHome() {
    return folder.resolve("spark-home");
  }

  /** Where a run of the root {@code s3a://thresher/x} lies as files. */
  Path run(String id) {
    return sparkHome().resolve("store/thresher/x/runs").resolve(id);
  }

  /** Where event logs go. */
  Path events() {
    return folder.resolve("events");
  }

  /** What its {@code env.sh} exports. */
  Map<String, String> environment() throws IOException {
    Map<String, String> exported = new TreeMap<>();
    Matcher pair = EXPORTED.matcher(Files.readString(sparkHome().resolve("env.sh"), UTF_8));
    while (pair.find()) {
      exported.put(pair.group(1), pair.group(2));
    }
    return exported;
  }

  /** The key that Spark's own traffic is authenticated with. */
  String secret() throws IOException {
    String key = "spark.authenticate.secret ";
    Path defaults = sparkHome().resolve("conf/spark-defaults.conf");
    try (Stream<String> lines = Files.lines(defaults, UTF_8)) {
      return lines.filter(l -> l.startsWith(key)).findFirst().orElseThrow().substring(key.length());
    }
  }

  /** The worker's process, while it lives. */
  Optional<ProcessHandle> worker(int number) throws IOException {
    return process(sparkHome().resolve("pids/worker-" + number));
  }

  private static Optional<ProcessHandle> process(Path pid) throws IOException {
    return ProcessHandle.of(Long.parseLong(Files.readString(pid).strip()));
  }

  /** Executors that live now, in the order of their workers. */
  List<ProcessHandle> executors() throws IOException {
    List<ProcessHandle> executors = new ArrayList<>();
    for (int number = 1; number <= workers; number++) {
      worker(number).stream()
          .flatMap(ProcessHandle::children)
          .filter(ProcessHandle::isAlive)
          .forEach(executors::add);
    }
    return executors;
  }

  /** How executors come to the libraries: 200 MB through Spark's encrypted traffic, or a path. */
  enum Jars {
    SHIPPED(""),
    IN_PLACE("local:");

    private final String scheme;

    Jars(String scheme) {
      this.scheme = scheme;
    }
  }

  /** Starts the packaged command through spark-submit, with this environment beside its own. */
  Submission submit(
      Map<String, String> environment, Jars from, List<String> sparkOptions, List<String> job)
      throws IOException {
    Path target = HOME.resolve("jobs/target");
    List<String> jars = list(target.resolve("lib")).stream().map(jar -> from.scheme + jar).toList();
    Files.createDirectories(events());
    List<String> words = new ArrayList<>();
    words.add(sparkHome().resolve("bin/spark-submit").toString());
    words.addAll(List.of("--master", environment().get("MASTER"), "--driver-memory", "1g"));
    for (String option : sparkOptions) {
      words.addAll(List.of("--conf", option));
    }
    words.addAll(
        List.of(
            "--conf",
            "spark.executor.memory=640m",
            "--conf",
            "spark.eventLog.enabled=true",
            "--conf",
            "spark.eventLog.logBlockUpdates.enabled=true",
            "--conf",
            "spark.eventLog.compress=false",
            "--conf",
            "spark.eventLog.dir=" + events().toUri(),
            "--jars",
            String.join(",", jars),
            "--class",
            Main.class.getName(),
            target.resolve("thresher-jobs.jar").toString()));
    words.addAll(job);
    ProcessBuilder builder = new ProcessBuilder(words).directory(folder.toFile());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    Path log = folder.resolve("submit.log");
    return new Submission(
        builder.redirectErrorStream(true).redirectOutput(log.toFile()).start(), log);
  }

  /** Everything that a user or an administrator looks into, artefacts included. */
  List<Path> shown() throws IOException {
    List<Path> files = new ArrayList<>();
    for (Path below : List.of(folder, sparkHome().resolve("logs"))) {
      files.addAll(list(below));
    }
    for (String below : List.of("work", "store")) {
      try (Stream<Path> all = Files.walk(sparkHome().resolve(below))) {
        all.filter(file -> Files.isRegularFile(file) && !file.toString().endsWith(".jar"))
            .forEach(files::add);
      }
    }
    files.addAll(list(events()));
    return files;
  }

  static List<Path> list(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }

  int command(String... words) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(HOME.resolve("deploy/standalone/cluster").toString());
    command.addAll(List.of(words));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put("THRESHER_CLUSTER", sparkHome().toString());
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    // The daemons must not hold the pipes of this process.
    Process process = builder.redirectOutput(folder.resolve("cluster.log").toFile()).start();
    if (!process.waitFor(3, TimeUnit.MINUTES)) {
      process.destroy();
      throw new AssertionError(command + " did not end within three minutes");
    }
    return process.exitValue();
  }

  private void stopAnyway() {
    try {
      command("stop");
    } catch (Exception e) {
      throw new IllegalStateException("Cannot stop the cluster in " + folder, e);
    }
  }

  /** Ends all processes, and sees to it that they have ended. */
  void stop() throws Exception {
    List<ProcessHandle> members = new ArrayList<>(executors());
    for (Path file : list(sparkHome().resolve("pids"))) {
      process(file).ifPresent(members::add);
    }
    assertThat(command("stop")).isZero();
    // Without a command line it has ended, whether or not the system has cleared it away.
    assertThat(members).noneMatch(process -> process.info().commandLine().isPresent());
    assertThat(command("status")).isOne();
    Runtime.getRuntime().removeShutdownHook(atExit);
    // It leads out of the folder, which may be deleted now.
    Files.delete(sparkHome().resolve("jars"));
  }
}
