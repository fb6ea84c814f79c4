package dev.thresher.jobs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thresher.jobs.Cluster.Jars;
import dev.thresher.jobs.Workplace.Outcome;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.io.TempDir;

/**
 * The packaged command on executors in processes of their own, through spark-submit: the same bytes
 * as in one process, also where executors and workers are lost. {@code deploy/thresher soak} has
 * more ways to lose them.
 */
@Tag("cluster")
class ClusterTest {
  private static final String LONG_FORM = "thresher.soak.minutes";
  private static final String SIXTEEN_ROUNDS = "finetune.epochs=8";
  private static final int ROUNDS = 16;

  @TempDir static Path folder;
  private static Workplace place;
  private static Map<String, byte[]> expected;
  private static int clusters;

  private Cluster cluster;

  @BeforeAll
  static void runInOneProcess() throws IOException {
    place = Workplace.in(folder);
    Outcome done = place.thresher("run", "--run", "local", "--master", "local[4]", SIXTEEN_ROUNDS);
    assertThat(done.code()).as(done::toString).isEqualTo(ExitCode.DONE);
    expected = results(place.run("local"));
    assertThat(expected).containsKeys("model/model.bin", "model/model.onnx", "finetune/scales.f32");
  }

  @AfterEach
  void stop() throws Exception {
    if (cluster != null) {
      cluster.stop();
    }
  }

  private Submission submit(int workers, String... sparkOptions) throws Exception {
    cluster = Cluster.start(folder.resolve("cluster-" + ++clusters), workers);
    return cluster.submit(cluster.environment(), Jars.IN_PLACE, List.of(sparkOptions), job());
  }

  private static List<String> job(String... more) {
    List<String> words = new ArrayList<>(List.of("--run", "r", SIXTEEN_ROUNDS));
    words.add("store.root=s3a://thresher/x");
    words.addAll(List.of(more));
    return place.arguments("run", words.toArray(String[]::new));
  }

  private boolean hasRound(int round) {
    return Files.exists(cluster.run("r").resolve("checkpoints/commits/%06d.json".formatted(round)));
  }

  private SparkEvents endsInTheSameBytes(Submission job) throws Exception {
    assertThat(job.end()).as(job::said).isZero();
    assertThat(results(cluster.run("r"))).containsExactlyEntriesOf(expected);
    return SparkEvents.in(cluster.events());
  }

  /** What must not depend on where it was computed, by its name in the run. */
  private static Map<String, byte[]> results(Path run) throws IOException {
    Map<String, byte[]> results = new TreeMap<>();
    for (String part : List.of("model", "sample/train", "calibrate", "teacher")) {
      for (Path file : Cluster.list(run.resolve(part))) {
        results.put(part + "/" + file.getFileName(), Files.readAllBytes(file));
      }
    }
    for (String key : List.of("finetune/scales.f32", "finetune/weights.rounding")) {
      results.put(key, Files.readAllBytes(run.resolve(key)));
    }
    // The record of the logits carries the chain of its own run's records.
    results.computeIfPresent("teacher/manifest.json", (key, json) -> withoutChain(json));
    return results;
  }

  private static byte[] withoutChain(byte[] record) {
    try {
      ObjectNode content = (ObjectNode) new ObjectMapper().readTree(record);
      content.remove(List.of("after", "record_sha256"));
      return content.toString().getBytes(StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Keys of the store stand in the configuration here, as keys of Spark. */
  @Test
  void oneExecutorWritesTheBytesOfOneProcessAndNobodySeesASecret() throws Exception {
    cluster = Cluster.start(folder.resolve("cluster-" + ++clusters), 1);
    Map<String, String> environment = cluster.environment();
    String id = environment.remove("AWS_ACCESS_KEY_ID");
    String key = environment.remove("AWS_SECRET_ACCESS_KEY");
    String keys =
        Files.writeString(
                folder.resolve("keys.conf"),
                """
                spark.hadoop.fs.s3a.access.key = "%s"
                spark.hadoop.fs.s3a.secret.key = "%s"
                spark.hadoop.fs.s3a.encryption.key = "%s"
                """
                    .formatted(id, key, key))
            .toString();
    Submission job = cluster.submit(environment, Jars.SHIPPED, List.of(), job("--conf", keys));
    List<String> secrets = List.of(cluster.secret(), id, key);

    SparkEvents log = endsInTheSameBytes(job);

    assertThat(log.count("ExecutorAdded")).isOne();
    for (Path shown : cluster.shown()) {
      String text = Files.readString(shown, ISO_8859_1);
      assertThat(secrets).allSatisfy(s -> assertThat(text).as("%s", shown).doesNotContain(s));
    }
    assertThat(job.arguments())
        .anyMatch(line -> line.contains("CoarseGrainedExecutorBackend"))
        .anyMatch(line -> line.contains("SparkSubmit"))
        .noneMatch(line -> secrets.stream().anyMatch(line::contains));
  }

  @Test
  void anExecutorAndThenAWorkerAreKilledAndTheJobEndsByItself() throws Exception {
    Submission job = submit(3);
    job.until(() -> hasRound(2) && cluster.executors().size() == 3);
    cluster.executors().get(0).destroyForcibly();
    job.until(() -> hasRound(6));
    cluster.worker(2).orElseThrow().destroyForcibly();
    assertThat(hasRound(ROUNDS)).isFalse();

    SparkEvents log = endsInTheSameBytes(job);

    assertThat(log.count("ExecutorRemoved")).isGreaterThanOrEqualTo(2);
    networkTravelsOnceAndRoundsAreSmall(log);
  }

  @Test
  @EnabledIfSystemProperty(named = LONG_FORM, matches = ".+")
  void oneThreadAndThreeExecutorsWriteTheSameBytes() throws Exception {
    Outcome alone = place.thresher("run", "--run", "alone", "--master", "local[1]", SIXTEEN_ROUNDS);
    assertThat(alone.code()).as(alone::toString).isEqualTo(ExitCode.DONE);
    assertThat(results(place.run("alone"))).containsExactlyEntriesOf(expected);
    SparkEvents log = endsInTheSameBytes(submit(3));
    assertThat(log.count("ExecutorAdded")).isEqualTo(3);
    assertThat(log.count("ExecutorRemoved")).isZero();
    networkTravelsOnceAndRoundsAreSmall(log);
    survived("three executors, and one thread");
  }

  /** As YARN and Kubernetes take executors away for somebody who matters more. */
  @Test
  @EnabledIfSystemProperty(named = LONG_FORM, matches = ".+")
  void executorsArePreemptedAgainAndAgain() throws Exception {
    Submission job = submit(3);
    for (int round = 2; round <= 11; round += 3) {
      int next = round;
      job.until(() -> hasRound(next) && !cluster.executors().isEmpty());
      cluster.executors().get(0).destroy();
    }
    SparkEvents log = endsInTheSameBytes(job);
    assertThat(log.count("ExecutorRemoved")).isGreaterThanOrEqualTo(4);
    survived("four executors preempted with SIGTERM");
  }

  @Test
  @EnabledIfSystemProperty(named = LONG_FORM, matches = ".+")
  void executorsComeAndGoWithDynamicAllocation() throws Exception {
    Submission job =
        submit(
            3,
            "spark.dynamicAllocation.enabled=true",
            "spark.dynamicAllocation.shuffleTracking.enabled=true",
            "spark.dynamicAllocation.initialExecutors=3",
            "spark.dynamicAllocation.minExecutors=1",
            "spark.dynamicAllocation.executorIdleTimeout=1s");
    SparkEvents log = endsInTheSameBytes(job);
    assertThat(log.count("ExecutorAdded")).isGreaterThanOrEqualTo(2);
    assertThat(log.count("ExecutorRemoved")).isPositive();
    survived(
        "dynamic allocation, %d executors added, %d removed"
            .formatted(log.count("ExecutorAdded"), log.count("ExecutorRemoved")));
  }

  /** With timeouts after which an executor that says nothing counts as lost. */
  @Test
  @EnabledIfSystemProperty(named = LONG_FORM, matches = ".+")
  void anExecutorStandsStillUnderSpeculation() throws Exception {
    Submission job =
        submit(
            3,
            "spark.speculation=true",
            "spark.network.timeout=20s",
            "spark.network.timeoutInterval=5s",
            "spark.executor.heartbeatInterval=5s");
    job.until(() -> hasRound(2) && cluster.executors().size() == 3);
    ProcessHandle still = cluster.executors().get(2);
    signal("STOP", still);
    try {
      assertThat(hasRound(ROUNDS)).isFalse();
      endsInTheSameBytes(job);
    } finally {
      signal("CONT", still);
    }
    survived("speculation and an executor that stood still");
  }

  private static void signal(String name, ProcessHandle process) throws Exception {
    List<String> command = List.of("kill", "-" + name, Long.toString(process.pid()));
    new ProcessBuilder(command).start().waitFor();
  }

  private static void survived(String what) {
    System.out.println("soak: 1 of 1 cluster jobs with " + what + ", all survived");
  }

  /** What Spark says of its blocks, beside what the run itself says. */
  private void networkTravelsOnceAndRoundsAreSmall(SparkEvents log) throws IOException {
    JsonNode facts =
        new ObjectMapper()
            .readTree(cluster.run("r").resolve("stages/finetune.json").toFile())
            .findPath("broadcast_bytes");
    long network = facts.asLong();
    assertThat(network).isPositive();
    Map<String, Map<String, Long>> broadcasts = log.broadcastsOf(SparkEvents.TRAINING);
    Set<String> large = large(broadcasts, network / 2);
    assertThat(large).as(broadcasts::toString).hasSize(1);
    String trained = large.iterator().next();
    Map<String, Map<String, Long>> measuring = log.broadcastsOf(List.of("finetune: measure "));
    Set<String> floats = large(measuring, network / 2);
    floats.remove(trained); // an executor that joins late fetches it there
    assertThat(floats)
        .as("the float network, once, when layers are measured: %s", measuring)
        .hasSize(1);
    Map<String, Long> fetched = new TreeMap<>(broadcasts.remove(trained));
    fetched.putAll(measuring.getOrDefault(trained, Map.of()));
    long executors = log.count("ExecutorAdded");
    assertThat(fetched).hasSizeBetween(3, (int) executors);
    assertThat(fetched.values()).allSatisfy(s -> assertThat(s).isLessThan(network + 4096));
    long rest =
        broadcasts.values().stream()
            .flatMap(sizes -> sizes.values().stream())
            .mapToLong(Long::longValue)
            .sum();
    long ofARound = rest / (ROUNDS * executors);
    assertThat(ofARound).isLessThan(100_000);
    System.out.printf(
        "cluster: network of %d bytes fetched once by each executor, %s; a round sends each %d%n",
        network, fetched, ofARound);
  }

  /** Broadcasts of which an executor has fetched more than so many bytes. */
  private static Set<String> large(Map<String, Map<String, Long>> broadcasts, long bytes) {
    return broadcasts.entrySet().stream()
        .filter(each -> each.getValue().values().stream().anyMatch(size -> size > bytes))
        .map(Map.Entry::getKey)
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
