package dev.thresher.jobs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.sample.SyntheticImages;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The packaged command on executors in processes of their own, through spark-submit. */
@Tag("cluster")
class ClusterTest {
  private static final Path HOME = Installation.home().orElseThrow();
  private static final int CLASSES = 24;
  private static final int IMAGES_OF_A_CLASS = 2;

  @TempDir static Path folder;
  private static Path sparkHome;
  private static Thread atExit;

  @BeforeAll
  static void start() throws Exception {
    sparkHome = folder.resolve("spark-home");
    // JUnit's own end does not come where the build is interrupted.
    atExit = new Thread(ClusterTest::stopAnyway);
    Runtime.getRuntime().addShutdownHook(atExit);
    try (InputStream network =
        Quickstart.class.getResourceAsStream("quickstart/shapes-mobilenet-v2.onnx")) {
      Files.write(folder.resolve("network.onnx"), network.readAllBytes());
    }
    new SyntheticImages(CLASSES, IMAGES_OF_A_CLASS, 72, 1).write(folder.resolve("images"));
    assertThat(cluster("start", "2", "--with-store")).isZero();
  }

  @AfterAll
  static void stop() throws Exception {
    List<Path> processes = list(sparkHome.resolve("pids"));
    List<ProcessHandle> running = new ArrayList<>();
    for (Path file : processes) {
      ProcessHandle.of(Long.parseLong(Files.readString(file).strip())).ifPresent(running::add);
    }
    assertThat(cluster("stop")).isZero();
    // Without a command line it has ended, whether or not the system has cleared it away.
    assertThat(running).hasSize(4).noneMatch(process -> process.info().commandLine().isPresent());
    assertThat(cluster("status")).isOne();
    Runtime.getRuntime().removeShutdownHook(atExit);
    // It leads out of the folder that is deleted now.
    Files.delete(sparkHome.resolve("jars"));
  }

  @Test
  void aClusterWritesTheBytesThatOneProcessWritesAndNoSecret() throws Exception {
    Path local = folder.resolve("local");
    String[] here = job("local", local.toUri().toString(), "--master", "local[2]");
    assertThat(Main.run(here, Stages.all(), System.out, System.err)).isEqualTo(ExitCode.DONE);

    assertThat(submit(job("cluster", "s3a://thresher/test"))).isZero();

    Map<String, byte[]> expected = results(local.resolve("runs/local"));
    assertThat(expected).containsKeys("model/model.bin", "model/model.onnx", "finetune/scales.f32");
    assertThat(results(sparkHome.resolve("store/thresher/test/runs/cluster")))
        .containsExactlyEntriesOf(expected);
    assertThat(list(folder.resolve("events"))).hasSize(1);
    for (Path shown : shown()) {
      String text = Files.readString(shown, ISO_8859_1);
      assertThat(secrets()).allSatisfy(secret -> assertThat(text).doesNotContain(secret));
    }
  }

  /** Two rounds of two shards; six parts, so that both executors have some. */
  private static String[] job(String run, String root, String... more) {
    List<String> words = new ArrayList<>(List.of("run", "--conf", "quickstart", "--run", run));
    Map<String, String> values = new TreeMap<>();
    values.put("store.root", root);
    values.put("store.embedded.enabled", "false");
    values.put("model.path", folder.resolve("network.onnx").toString());
    values.put("data.train", folder.resolve("images").toString());
    values.put("data.validation", folder.resolve("images").toString());
    values.put("data.labels", folder.resolve("images").resolve(SyntheticImages.LABELS).toString());
    values.put("sample.part-images", "8");
    values.put("finetune.epochs", "1");
    values.put("finetune.shards", "2");
    values.put("finetune.batch", "4");
    values.put("finetune.steps-per-round", "3");
    values.forEach((key, value) -> words.addAll(List.of("--set", key + "=" + value)));
    words.addAll(List.of(more));
    return words.toArray(String[]::new);
  }

  private static int submit(String[] job) throws Exception {
    Path target = HOME.resolve("jobs/target");
    List<String> jars = list(target.resolve("lib")).stream().map(Path::toString).toList();
    Path events = Files.createDirectory(folder.resolve("events"));
    List<String> words =
        new ArrayList<>(
            List.of(
                "bash",
                "-c",
                "source \"$0\" && exec \"$SPARK_HOME/bin/spark-submit\" --master \"$MASTER\" \"$@\"",
                sparkHome.resolve("env.sh").toString(),
                "--conf",
                "spark.eventLog.enabled=true",
                "--conf",
                "spark.eventLog.dir=" + events.toUri(),
                "--jars",
                String.join(",", jars),
                "--class",
                "dev.thresher.jobs.Main",
                target.resolve("thresher-jobs.jar").toString()));
    words.addAll(List.of(job));
    return status(
        new ProcessBuilder(words)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("submit.log").toFile()));
  }

  private static int cluster(String... words) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(HOME.resolve("deploy/standalone/cluster").toString());
    command.addAll(List.of(words));
    ProcessBuilder process = new ProcessBuilder(command).inheritIO();
    process.environment().put("THRESHER_CLUSTER", sparkHome.toString());
    process.environment().put("JAVA_HOME", System.getProperty("java.home"));
    // The daemons must not hold the pipes of this process.
    return status(process.redirectOutput(folder.resolve("cluster.log").toFile()));
  }

  private static int status(ProcessBuilder builder) throws Exception {
    Process process = builder.start();
    if (!process.waitFor(3, TimeUnit.MINUTES)) {
      process.destroy();
      throw new AssertionError(builder.command() + " did not end within three minutes");
    }
    return process.exitValue();
  }

  private static void stopAnyway() {
    try {
      cluster("stop");
    } catch (Exception e) {
      throw new IllegalStateException("Cannot stop the cluster in " + sparkHome, e);
    }
  }

  /** What must not depend on where it was computed, by its name in the run. */
  private static Map<String, byte[]> results(Path run) throws Exception {
    Map<String, byte[]> results = new TreeMap<>();
    for (String part : List.of("model", "sample/train", "calibrate", "teacher")) {
      for (Path file : list(run.resolve(part))) {
        results.put(part + "/" + file.getFileName(), Files.readAllBytes(file));
      }
    }
    results.put("finetune/scales.f32", Files.readAllBytes(run.resolve("finetune/scales.f32")));
    return results;
  }

  /** Everything that a user or an administrator looks into. */
  private static List<Path> shown() throws Exception {
    List<Path> files = new ArrayList<>(list(folder.resolve("events")));
    files.add(folder.resolve("submit.log"));
    files.addAll(list(sparkHome.resolve("logs")));
    try (Stream<Path> all = Files.walk(sparkHome.resolve("work"))) {
      all.filter(file -> file.endsWith("stderr")).forEach(files::add);
    }
    return files;
  }

  private static List<String> secrets() throws Exception {
    List<String> secrets = new ArrayList<>();
    Path defaults = sparkHome.resolve("conf/spark-defaults.conf");
    for (String line : Files.readAllLines(defaults, UTF_8)) {
      if (line.startsWith("spark.authenticate.secret ")) {
        secrets.add(line.substring(line.indexOf(' ') + 1));
      }
    }
    String environment = Files.readString(sparkHome.resolve("env.sh"), UTF_8);
    secrets.add(environment.replaceAll("(?s).*AWS_SECRET_ACCESS_KEY=(\\S+).*", "$1"));
    assertThat(secrets).hasSize(2);
    return secrets;
  }

  private static List<Path> list(Path folder) throws Exception {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(Files::isRegularFile).sorted().toList();
    }
  }
}
