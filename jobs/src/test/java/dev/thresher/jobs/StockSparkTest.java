package dev.thresher.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thresher.jobs.config.StoreSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Sparks as {@code pip install pyspark} brings them, with no setting of ours: the bytes of one
 * process, computed by oneDNN on every executor, or an error that says what is missing.
 */
@Tag("cluster")
class StockSparkTest {
  private static final String VECTORS = "--add-modules=jdk.incubator.vector";
  private static final String NOWHERE = "spark://127.0.0.1:9";
  private static final Path HOME = Installation.home().orElseThrow();

  @TempDir static Path folder;
  private static Workplace place;
  private static int tries;

  /** Stands for all of them where the environment names none. */
  private static final Path NONE = Path.of("none");

  static Stream<Path> homes() {
    List<Path> homes = StockSpark.homes();
    return homes.isEmpty() ? Stream.of(NONE) : homes.stream();
  }

  @BeforeAll
  static void runInOneProcess() throws IOException {
    place = Workplace.in(folder);
    Assumptions.assumeFalse(
        StockSpark.homes().isEmpty(), "THRESHER_SPARK_HOMES names no Spark to try");
    assertThat(place.thresher("run", "--run", "local").code()).isEqualTo(ExitCode.DONE);
  }

  @ParameterizedTest
  @MethodSource("homes")
  void theLauncherGivesTheBytesOfOneProcessOverS3WithOneDnnEverywhere(Path home) throws Exception {
    Path own = Files.createDirectories(folder.resolve("launcher-" + ++tries));
    try (StockSpark spark = StockSpark.start(home, own);
        LocalObjectStore store = LocalObjectStore.start(HOME, own.resolve("s3"), "bucket")) {
      Submission job =
          start(
              home,
              own.resolve("run.log"),
              credentials(store.settings()),
              launched(
                  "run",
                  "--master=" + spark.master(),
                  "--run=r",
                  "store.root=s3a://bucket/x",
                  "store.s3.endpoint=" + store.settings().endpoint()));

      assertThat(job.end()).as(job::said).isZero();
      assertThat(job.said()).doesNotContain("WARN ").doesNotContain(" INFO ");
      Path run = LocalObjectStore.folder(own.resolve("s3"), "bucket").resolve("x/runs/r");
      requireEqual(run, place.run("local"));
      JsonNode computers =
          new ObjectMapper()
              .readTree(run.resolve("provenance.json").toFile())
              .at("/environment/computers");
      assertThat(computers)
          .isNotEmpty()
          .allMatch(computer -> computer.path("engine").asText().equals("onednn"));
    }
  }

  private static void requireEqual(Path run, Path expected) throws IOException {
    List<Path> files = new ArrayList<>(Cluster.list(expected.resolve("model")));
    files.add(expected.resolve("finetune/scales.f32"));
    for (Path file : files) {
      assertThat(run.resolve(expected.relativize(file).toString())).hasSameBinaryContentAs(file);
    }
  }

  /** An executor for whose platform there is no library, after another drew the sample. */
  @ParameterizedTest
  @MethodSource("homes")
  void anExecutorWithoutOneDnnEndsTheJobAndSaysWhy(Path home) throws Exception {
    Path own = Files.createDirectories(folder.resolve("executor-" + ++tries));
    String run = own.getFileName().toString();
    assertThat(place.thresher("sample", "--run", run).code()).isEqualTo(ExitCode.DONE);
    String foreign = "-Dorg.bytedeco.javacpp.platform=linux-ppc64le";
    try (StockSpark spark = StockSpark.start(home, own)) {
      List<String> options =
          List.of(
              "spark.driver.defaultJavaOptions=" + VECTORS,
              "spark.executor.extraJavaOptions=" + foreign);
      List<String> words = submitted(home, spark.master(), options, "calibrate", "--run", run);
      Submission job = start(home, own.resolve("run.log"), Map.of(), words);

      assertThat(job.end()).as(job::said).isEqualTo(ExitCode.INPUT.status());
      assertThat(job.said())
          .contains("thresher: Cannot compute with engine onednn")
          .contains("its native library does not load")
          .contains("engine=reference computes without it");
    }
  }

  /** Spark 4 gives the module by itself. */
  @ParameterizedTest
  @MethodSource("homes")
  void aDriverWithoutTheModuleSaysWhichOptionIsMissing(Path home) throws Exception {
    Path log = Files.createDirectories(folder.resolve("driver-" + ++tries)).resolve("run.log");
    List<String> words =
        submitted(home, NOWHERE, List.of(), "run", "--dry-run", "--run", "driver-" + tries);
    Submission job = start(home, log, Map.of(), words);

    if (job.end() == ExitCode.INPUT.status()) {
      assertThat(job.said())
          .contains("this JVM was started without " + VECTORS)
          .contains("--conf spark.driver.defaultJavaOptions=" + VECTORS);
      List<String> mended =
          submitted(
              home,
              NOWHERE,
              List.of("spark.driver.defaultJavaOptions=" + VECTORS),
              "run",
              "--dry-run",
              "--run",
              "driver-" + tries);
      job = start(home, log, Map.of(), mended);
    }
    assertThat(job.end()).as(job::said).isZero();
  }

  @ParameterizedTest
  @MethodSource("homes")
  void theDoctorFindsAStockSparkWell(Path home) throws Exception {
    Path log = Files.createDirectories(folder.resolve("doctor-" + ++tries)).resolve("run.log");
    Submission job = start(home, log, Map.of(), launched("doctor", "--master=" + NOWHERE));

    assertThat(job.end()).as(job::said).isZero();
    assertThat(job.said()).contains("ok   spark ", "ok   engine     onednn", "ok   hadoop");
    assertThat(job.said().lines())
        .noneMatch(line -> line.startsWith("fail ") || line.startsWith("warn "));
  }

  private static Submission start(
      Path home, Path log, Map<String, String> environment, List<String> words) throws IOException {
    ProcessBuilder builder = StockSpark.process(home, words, log);
    builder.environment().putAll(environment);
    return new Submission(builder.start(), log);
  }

  private static Map<String, String> credentials(StoreSettings.S3 store) {
    return Map.of(
        "AWS_ACCESS_KEY_ID", store.accessKey().reveal(),
        "AWS_SECRET_ACCESS_KEY", store.secretKey().reveal());
  }

  private static List<String> launched(String job, String... more) {
    List<String> words = new ArrayList<>(List.of(HOME.resolve("deploy/thresher").toString()));
    words.addAll(place.arguments(job, more));
    return words;
  }

  private static List<String> submitted(
      Path home, String master, List<String> options, String job, String... more)
      throws IOException {
    List<String> words = new ArrayList<>();
    words.addAll(List.of(home.resolve("bin/spark-submit").toString(), "--master", master));
    options.forEach(option -> words.addAll(List.of("--conf", option)));
    Path target = HOME.resolve("jobs/target");
    List<String> jars =
        Cluster.list(target.resolve("lib")).stream().map(jar -> "local:" + jar).toList();
    words.addAll(List.of("--jars", String.join(",", jars), "--class", Main.class.getName()));
    words.add(target.resolve("thresher-jobs.jar").toString());
    words.addAll(place.arguments(job, more));
    return words;
  }
}
