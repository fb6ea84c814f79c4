package dev.thresher.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.jobs.Workplace.Outcome;
import dev.thresher.jobs.config.StoreSettings;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whole runs in a real S3 server: killed and continued, refused, and silent about credentials. */
@Tag("slow")
class ResumeTest {
  private static final String[] LONG = {"finetune.epochs=6"};
  private static final int ROUNDS = 12;

  @TempDir static Path folder;
  private static Workplace place;
  private static LocalObjectStore server;

  @BeforeAll
  static void start() throws IOException {
    place = Workplace.in(folder);
    server =
        LocalObjectStore.start(
            Installation.home().orElseThrow(), place.path("objects"), "thresher");
  }

  @AfterAll
  static void stop() {
    server.close();
  }

  private static Path inBucket(String run) {
    return LocalObjectStore.folder(place.path("objects"), "thresher").resolve("x/runs/" + run);
  }

  /** The options of a run in the server; its credentials are left to the environment. */
  private static List<String> inServer(String run, String... more) {
    List<String> words = new ArrayList<>(List.of("--run", run, "store.root=s3a://thresher/x"));
    words.add("store.s3.endpoint=" + server.settings().endpoint());
    words.addAll(List.of(more));
    return words;
  }

  private static Outcome withKeys(String run, String secret, String... more) {
    List<String> words = inServer(run, more);
    words.add("store.s3.access-key=" + server.settings().accessKey().reveal());
    words.add("store.s3.secret-key=" + secret);
    return place.thresher("run", words.toArray(String[]::new));
  }

  @Test
  void aRunThatIsKilledGoesOnToTheBytesOfOneThatIsNot() throws Exception {
    Path log = place.path("killed.log");
    Process child = child(log, inServer("killed", LONG));
    try {
      Path second = inBucket("killed").resolve("checkpoints/commits/000002.json");
      Instant end = Instant.now().plus(Duration.ofMinutes(2));
      while (!Files.exists(second) && child.isAlive() && Instant.now().isBefore(end)) {
        Thread.sleep(10);
      }
    } finally {
      child.destroyForcibly();
      assertThat(child.waitFor(30, TimeUnit.SECONDS)).isTrue();
    }
    Path stages = inBucket("killed").resolve("stages");
    assertThat(stages.resolve("calibrate.json")).as(Files.readString(log)).exists();
    assertThat(stages.resolve("finetune.json")).doesNotExist();

    Outcome resumed = withKeys("killed", server.settings().secretKey().reveal(), LONG);
    assertThat(resumed.code()).as(resumed::toString).isEqualTo(ExitCode.DONE);
    assertThat(resumed.err())
        .contains("calibrate: done before")
        .containsPattern("finetune: resumes after round ([2-9]|1[01])\\b");

    List<String> words = new ArrayList<>(List.of("--run", "whole"));
    words.addAll(List.of(LONG));
    Outcome whole = place.thresher("run", words.toArray(String[]::new));
    assertThat(whole.code()).as(whole::toString).isEqualTo(ExitCode.DONE);
    Map<String, byte[]> model = Workplace.filesBelow(inBucket("killed").resolve("model"));
    place.files("whole", "model").forEach((n, b) -> assertThat(model.get(n)).as(n).isEqualTo(b));
    assertThat(inBucket("killed").resolve("metrics/rounds.csv")).content().hasLineCount(ROUNDS + 1);

    noSecretIn(Workplace.filesBelow(inBucket("killed")), resumed, Files.readString(log));
  }

  private static void noSecretIn(Map<String, byte[]> files, Outcome resumed, String log) {
    List<String> secrets =
        List.of(server.settings().accessKey().reveal(), server.settings().secretKey().reveal());
    assertThat(files.keySet()).contains("config.conf", "provenance.json", "summary.json");
    assertThat(files.keySet()).anyMatch(name -> name.startsWith("events/"));
    files.forEach(
        (name, bytes) -> assertThat(new String(bytes, UTF_8)).as(name).doesNotContain(secrets));
    assertThat(resumed.out() + resumed.err() + log)
        .doesNotContain(secrets)
        .contains("store.s3.secret-key = \"***\"");
  }

  /** The command in a process of its own, credentials in its environment. */
  private static Process child(Path log, List<String> words) throws IOException {
    Path home = Installation.home().orElseThrow();
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.add("@" + home.resolve("deploy/jvm.flags"));
    line.addAll(List.of("-Xmx1g", "-cp", System.getProperty("java.class.path")));
    line.add(Main.class.getName());
    line.addAll(place.arguments("run", words.toArray(String[]::new)));
    ProcessBuilder builder = new ProcessBuilder(line);
    StoreSettings.S3 s3 = server.settings();
    builder.environment().put("AWS_ACCESS_KEY_ID", s3.accessKey().reveal());
    builder.environment().put("AWS_SECRET_ACCESS_KEY", s3.secretKey().reveal());
    builder.environment().remove("AWS_SESSION_TOKEN");
    return builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
  }

  @Test
  void aStoreThatRefusesTheCredentials() {
    Outcome refused = withKeys("refused", "hush-hush");
    assertThat(refused.code()).as(refused::toString).isEqualTo(ExitCode.INPUT);
    assertThat(refused.told())
        .contains("thresher: Cannot use the store s3a://thresher/x: ")
        .containsAnyOf("the secret key is wrong", "the credentials are missing, wrong")
        .contains("AWS_SECRET_ACCESS_KEY");
    assertThat(refused.out() + refused.err()).doesNotContain("hush-hush");
    assertThat(inBucket("refused")).doesNotExist();
  }

  @Test
  void aStoreThatIsNotThereIsToldInTime() throws IOException {
    int closed;
    try (ServerSocket socket = new ServerSocket(0)) {
      closed = socket.getLocalPort();
    }
    Instant start = Instant.now();
    Outcome none =
        place.thresher(
            "run",
            "store.root=s3a://thresher/x",
            "store.s3.endpoint=http://127.0.0.1:" + closed,
            "store.s3.access-key=a",
            "store.s3.secret-key=b");
    assertThat(none.code()).as(none::toString).isEqualTo(ExitCode.INPUT);
    assertThat(none.told())
        .contains("Cannot use the store s3a://thresher/x: nothing answers at http://127.0.0.1:")
        .contains("correct store.s3.endpoint");
    assertThat(Duration.between(start, Instant.now())).isLessThan(Duration.ofSeconds(30));
  }

  @Test
  void aRootBelowAFileIsRefused() {
    Outcome refused = place.thresher("run", "store.root=" + place.path("small.conf") + "/deeper");
    assertThat(refused.code()).as(refused::toString).isEqualTo(ExitCode.INPUT);
    assertThat(refused.told()).contains("a part of the path is a file, not a folder");
  }
}
