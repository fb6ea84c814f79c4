package dev.thresher.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thresher.jobs.config.Secret;
import dev.thresher.jobs.config.StoreSettings;
import dev.thresher.store.AlreadyCommittedException;
import dev.thresher.store.ObjectRecord;
import dev.thresher.store.RunStore;
import dev.thresher.store.StoreException;
import dev.thresher.store.StoreLocation;
import dev.thresher.store.StoreProbe;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs over s3a against the real server. */
@Tag("slow")
class ObjectStoreTest {
  private static final String BUCKET = "bucket";

  @TempDir static Path folder;
  private static LocalObjectStore server;

  @BeforeAll
  static void start() {
    server = LocalObjectStore.start(home(), folder.resolve("a store"), BUCKET);
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static Path home() {
    return Installation.home().orElseThrow();
  }

  private static StoreLocation location(StoreSettings.S3 settings, String root) {
    return StoreLocation.of(root, settings.hadoopSettings());
  }

  private static RunStore run(String id) {
    return RunStore.open(location(server.settings(), "s3a://" + BUCKET + "/pre/fix"), id);
  }

  @Test
  void theProbeAcceptsTheStoreAgainAndAgain() {
    StoreLocation location = location(server.settings(), "s3a://" + BUCKET + "/probed");
    StoreProbe.check(location);
    StoreProbe.check(location);
  }

  @Test
  void readsBackWhatWasWrittenAndWhatIsNotThereIsEmpty() {
    RunStore run = run("round-trip");
    byte[] bytes = new byte[3_000_000];
    new Random(1).nextBytes(bytes);

    ObjectRecord record = run.write("model/weights.bin", bytes);

    assertThat(run.read(record)).isEqualTo(bytes);
    assertThat(run.readIfPresent("model/other.bin")).isEmpty();
    assertThat(run.address("model/weights.bin"))
        .hasToString("s3a://bucket/pre/fix/runs/round-trip/model/weights.bin");
  }

  @Test
  void writingTheSameObjectAgainIsHarmless() {
    RunStore run = run("again");
    assertThat(run.write("o", new byte[] {1})).isEqualTo(run.write("o", new byte[] {1}));
  }

  @Test
  void ofRacingCommitsExactlyOneWinsAndItsRecordStays() throws Exception {
    RunStore run = run("race");
    int writers = 8;
    ExecutorService pool = Executors.newFixedThreadPool(writers);
    try {
      for (int round = 0; round < 5; round++) {
        String key = "commits/" + round + ".json";
        CyclicBarrier start = new CyclicBarrier(writers);
        List<Future<Boolean>> results = new ArrayList<>();
        for (int w = 0; w < writers; w++) {
          String json = "{\"writer\": " + w + "}";
          results.add(pool.submit(() -> commits(run, key, json, start)));
        }
        List<Integer> winners = new ArrayList<>();
        for (int w = 0; w < writers; w++) {
          if (results.get(w).get()) {
            winners.add(w);
          }
        }
        assertThat(winners).hasSize(1);
        assertThat(new String(run.readIfPresent(key).orElseThrow(), UTF_8))
            .isEqualTo("{\"writer\": " + winners.get(0) + "}");
      }
    } finally {
      pool.shutdownNow();
    }
  }

  private static boolean commits(RunStore run, String key, String json, CyclicBarrier start)
      throws Exception {
    start.await();
    try {
      run.commitAlone(key, json);
      return true;
    } catch (AlreadyCommittedException e) {
      return false;
    }
  }

  @Test
  void anObjectCanBeReadWhileItIsReplacedAllTheTime() throws Exception {
    RunStore run = run("pointer");
    // All of one length: this server, unlike S3, tells the length and reads in two steps.
    List<String> versions = IntStream.range(0, 200).mapToObj(v -> "%03d".formatted(v)).toList();
    run.replace("pointer.json", versions.get(0));
    int readers = 4;
    ExecutorService pool = Executors.newFixedThreadPool(1 + readers);
    try {
      Future<?> writer =
          pool.submit(() -> versions.forEach(version -> run.replace("pointer.json", version)));
      List<Future<List<String>>> read = new ArrayList<>();
      for (int r = 0; r < readers; r++) {
        read.add(pool.submit(() -> readUntil(writer, run)));
      }
      for (Future<List<String>> one : read) {
        assertThat(one.get()).isNotEmpty().isSubsetOf(versions);
      }
      writer.get();
    } finally {
      pool.shutdownNow();
    }
  }

  private static List<String> readUntil(Future<?> writer, RunStore run) {
    List<String> texts = new ArrayList<>();
    while (!writer.isDone()) {
      texts.add(new String(run.readIfPresent("pointer.json").orElseThrow(), UTF_8));
    }
    return texts;
  }

  @Test
  void aServerKilledDuringAnUploadLeavesAWholeObjectOrNone() throws Exception {
    Path data = folder.resolve("killed");
    byte[] old = "old".getBytes(UTF_8);
    byte[] big = new byte[64 << 20];
    ObjectRecord record;
    boolean uploaded;
    LocalObjectStore first = LocalObjectStore.start(home(), data, BUCKET);
    ExecutorService pool = Executors.newSingleThreadExecutor();
    try {
      RunStore run = RunStore.open(impatient(first, "s3a://" + BUCKET), "r");
      record = run.write("before", old);
      Future<ObjectRecord> upload = pool.submit(() -> run.write("o", big));
      Thread.sleep(150);
      kill(first.pid());
      uploaded = succeeded(upload);
    } finally {
      pool.shutdownNow();
      first.close();
    }
    try (LocalObjectStore second = LocalObjectStore.start(home(), data, BUCKET)) {
      RunStore run = RunStore.open(location(second.settings(), "s3a://" + BUCKET), "r");
      assertThat(run.read(record)).isEqualTo(old);
      Optional<byte[]> there = run.readIfPresent("o");
      assertThat(there.isPresent() || !uploaded).isTrue();
      there.ifPresent(bytes -> assertThat(bytes).isEqualTo(big));
      assertThat(run.read(run.write("o", big))).isEqualTo(big);
    }
  }

  private static boolean succeeded(Future<ObjectRecord> upload) throws InterruptedException {
    try {
      upload.get();
      return true;
    } catch (ExecutionException e) {
      assertThat(e).hasCauseInstanceOf(StoreException.class);
      return false;
    }
  }

  private static void kill(long pid) {
    ProcessHandle handle = ProcessHandle.of(pid).orElseThrow();
    handle.destroyForcibly();
    handle.onExit().join();
  }

  private static StoreLocation impatient(LocalObjectStore server, String root) {
    TreeMap<String, String> settings = new TreeMap<>(server.settings().hadoopSettings());
    settings.put("fs.s3a.attempts.maximum", "1");
    settings.put("fs.s3a.retry.limit", "1");
    return StoreLocation.of(root, settings);
  }

  @Test
  void wrongCredentialsAreNamedAndNotShown() {
    StoreSettings.S3 right = server.settings();
    StoreSettings.S3 wrong =
        new StoreSettings.S3(
            right.endpoint(),
            right.region(),
            right.accessKey(),
            new Secret("hush-hush"),
            new Secret(""),
            true);
    assertThatThrownBy(() -> StoreProbe.check(location(wrong, "s3a://" + BUCKET)))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("s3a://bucket")
        .hasMessageContaining("credentials")
        .hasMessageNotContaining("hush-hush");
  }

  @Test
  void aMissingBucketIsNamed() {
    assertThatThrownBy(() -> StoreProbe.check(location(server.settings(), "s3a://nowhere/x")))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("there is no bucket 'nowhere'");
  }

  @Test
  void aStoreThatDoesNotAnswerIsNamedWithinHalfAMinute() throws Exception {
    int closed;
    try (ServerSocket socket = new ServerSocket(0)) {
      closed = socket.getLocalPort();
    }
    StoreLocation location =
        StoreLocation.of(
            "s3a://" + BUCKET,
            Map.of(
                "fs.s3a.endpoint", "http://127.0.0.1:" + closed,
                "fs.s3a.endpoint.region", "us-east-1",
                "fs.s3a.path.style.access", "true",
                "fs.s3a.access.key", "a",
                "fs.s3a.secret.key", "b"));
    Instant start = Instant.now();
    assertThatThrownBy(() -> StoreProbe.check(location))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("nothing answers at http://127.0.0.1:" + closed);
    assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(30));
  }

  @Test
  void noArgumentOfTheServerHoldsItsCredentials() {
    ProcessHandle.Info info = ProcessHandle.of(server.pid()).orElseThrow().info();
    String line = info.commandLine().orElse("") + String.join(" ", info.arguments().orElse(null));
    assertThat(line)
        .contains("ServerMain")
        .doesNotContain(server.settings().secretKey().reveal())
        .doesNotContain(server.settings().accessKey().reveal());
  }

  @Test
  void theServerEndsWithItsParentsPipe() {
    LocalObjectStore other = LocalObjectStore.start(home(), folder.resolve("other"), BUCKET);
    other.close();
    assertThat(other.exitStatus()).isZero();
  }
}
