package dev.thresher.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thresher.jobs.Workplace.Outcome;
import dev.thresher.provenance.Hashes;
import dev.thresher.publish.Publication;
import dev.thresher.publish.Publications;
import dev.thresher.store.RunStore;
import dev.thresher.store.StoreLocation;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** One real run, copied under other names, published and rolled back by the command. */
@Tag("slow")
class PublishTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir static Path folder;
  private static Workplace place;
  private static Map<String, byte[]> files;

  @TempDir Path root;

  @BeforeAll
  static void run() throws IOException {
    place = Workplace.in(folder);
    // So coarse that it does not always agree with the float network.
    Outcome done =
        place.thresher(
            "run",
            "--run",
            "a",
            "quantize.bits.weights=3",
            "quantize.bits.activations=3",
            "finetune.epochs=0",
            "evaluate.layer-images=0",
            "evaluate.device-images=0");
    assertThat(done.code()).as(done::toString).isEqualTo(ExitCode.DONE);
    files = place.files("a", "");
  }

  @BeforeEach
  void copy() throws IOException {
    for (String run : List.of("a", "b")) {
      for (Map.Entry<String, byte[]> file : files.entrySet()) {
        Path path = root.resolve("runs").resolve(run).resolve(file.getKey());
        Files.createDirectories(path.getParent());
        Files.write(path, file.getValue());
      }
    }
  }

  private static Outcome thresher(List<String> words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    ExitCode code =
        Main.run(
            words.toArray(String[]::new),
            Stages.all(),
            new PrintStream(out, true, UTF_8),
            new PrintStream(err, true, UTF_8));
    return new Outcome(code, out.toString(UTF_8), err.toString(UTF_8));
  }

  private Outcome thresher(String... words) {
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--set", "store.root=" + root));
    return thresher(all);
  }

  private JsonNode done(String... words) throws IOException {
    Outcome outcome = thresher(words);
    assertThat(outcome.code()).as(outcome::toString).isEqualTo(ExitCode.DONE);
    return JSON.readTree(outcome.out());
  }

  private Path pointer() {
    return root.resolve("published/shapes.json");
  }

  private void refused(ExitCode code, String told, String... words) {
    Outcome outcome = thresher(words);
    assertThat(outcome.code()).as(outcome::toString).isEqualTo(code);
    assertThat(outcome.told()).contains(told);
  }

  @Test
  void thePointerNamesTheModelByHashAndSaysWhy() throws IOException {
    Outcome told = thresher("publish", "--run", "a");
    assertThat(told.out())
        .contains("shapes version 1: run a, 6 objects of ")
        .contains("Pointer: " + pointer().toUri());

    JsonNode published = JSON.readTree(pointer().toFile());
    assertThat(published.get("objects")).hasSize(6);
    for (JsonNode object : published.get("objects")) {
      byte[] bytes = Files.readAllBytes(root.resolve(object.get("path").asText()));
      assertThat(object.get("size").asLong()).isEqualTo(bytes.length);
      assertThat(object.get("sha256").asText()).isEqualTo(Hashes.sha256(bytes));
    }
    JsonNode summary = JSON.readTree(files.get("summary.json"));
    assertThat(published.at("/evidence/evaluation")).isEqualTo(summary.get("evaluation"));
    assertThat(published.at("/evidence/gate/max_drop").asDouble()).isEqualTo(100);
    assertThat(published.at("/evidence/model_sha256").asText())
        .isEqualTo(Hashes.sha256(Workplace.network()));

    assertThat(done("publish", "--run", "a", "--json").get("version").asInt()).isEqualTo(1);
    assertThat(done("publish", "--run", "b", "--json").get("version").asInt()).isEqualTo(2);
    assertThat(done("rollback", "--network", "shapes", "--json").get("run").asText())
        .isEqualTo("a");
    JsonNode list = done("published", "--json").at("/networks/0");
    assertThat(list.at("/current/version").asInt()).isEqualTo(3);
    assertThat(list.get("versions"))
        .extracting(v -> v.get("run").asText())
        .containsExactly("a", "b", "a");
    assertThat(list.get("pointer_is_current").asBoolean()).isTrue();
    assertThat(thresher("published", "--network", "shapes").out().lines().toList())
        .hasSize(4)
        .first()
        .asString()
        .contains("version 3: run a")
        .contains("as version 1");
  }

  @Test
  void aRunIsPublishedUnderTheNameThatTheConfigurationGives() throws IOException {
    done("publish", "--run", "a", "--json", "--set", "publish.network=phone");
    assertThat(root.resolve("published/phone.json")).exists();
    refused(
        ExitCode.USAGE, "publish.network", "publish", "--run", "a", "--set", "publish.network=a/b");
  }

  @Test
  void aRunThatMissesItsOwnGateIsRefusedUnlessItIsJudgedAnew() throws IOException {
    refused(
        ExitCode.GATE,
        "evaluate.min-agreement asks for 100",
        "publish",
        "--run",
        "a",
        "--set",
        "evaluate.min-agreement=100");
    Path configuration = root.resolve("runs/a/config.conf");
    String own = Files.readString(configuration);
    assertThat(own).contains("evaluate.min-agreement = 0\n");
    Files.writeString(configuration, own.replace("min-agreement = 0", "min-agreement = 100"));
    refused(ExitCode.DAMAGED, "config.conf", "publish", "--run", "a");
    Files.writeString(configuration, own);
    assertThat(root.resolve("published")).doesNotExist();
    done("publish", "--run", "a", "--json", "--set", "evaluate.min-agreement=0");
  }

  @Test
  void whatIsNotEvaluatedOrNotThereOrOfAnotherConfigurationIsRefused() throws IOException {
    assertThat(place.thresher("sample", "--run", "early").code()).isEqualTo(ExitCode.DONE);
    Outcome early = place.thresher("publish", "--run", "early");
    assertThat(early.code()).as(early::toString).isEqualTo(ExitCode.GATE);
    assertThat(early.told()).contains("calibrate of ");
    Files.delete(root.resolve("runs/a/stages/evaluate.json"));
    refused(ExitCode.DAMAGED, "stages/evaluate.json", "publish", "--run", "a");
    refused(ExitCode.INPUT, "There is no run c in ", "publish", "--run", "c");
    refused(ExitCode.USAGE, "run.seed is 3, was 1", "publish", "--run", "b", "--set", "run.seed=3");
    refused(ExitCode.INPUT, "Nothing is published as x", "rollback", "--network", "x");
    done("publish", "--run", "b", "--json");
    refused(ExitCode.INPUT, "before run b", "rollback", "--network", "shapes");
    refused(ExitCode.INPUT, "never published", "rollback", "--network", "shapes", "--to", "a");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "model/model.onnx",
        "model/model.tflite",
        "summary.json",
        "metrics/evaluation.parquet",
        "stages/export.json",
        "stages/evaluate.json",
        "config.conf"
      })
  void whatIsDamagedIsNotPublished(String file) throws IOException {
    byte[] flipped = files.get(file).clone();
    // In config.conf this changes a key.
    flipped[flipped.length / 3] ^= 1;
    Files.write(root.resolve("runs/a").resolve(file), flipped);
    refused(ExitCode.DAMAGED, file, "publish", "--run", "a");
    assertThat(root.resolve("published")).doesNotExist();
  }

  @Test
  void aRollbackToAModelThatIsDamagedIsRefused() throws IOException {
    done("publish", "--run", "a", "--json");
    done("publish", "--run", "b", "--json");
    byte[] before = Files.readAllBytes(pointer());
    Files.delete(root.resolve("runs/a/model/model.bin"));
    refused(ExitCode.DAMAGED, "model/model.bin", "rollback", "--network", "shapes");
    assertThat(pointer()).hasBinaryContent(before);
  }

  @Test
  void whatIsPublishedIsNoOrphanAndItsDamageIsFound() throws IOException {
    done("publish", "--run", "a", "--json");
    done("publish", "--run", "b", "--json");
    Files.delete(root.resolve("runs/a/stages/export.json"));
    Outcome repaired = thresher("fsck", "--run", "a", "--repair", "--grace", "0", "--json");
    assertThat(repaired.code()).as(repaired::toString).isEqualTo(ExitCode.DAMAGED);
    JsonNode found = JSON.readTree(repaired.out());
    assertThat(found.at("/published/0/network").asText()).isEqualTo("shapes");
    assertThat(found.get("removed")).isEmpty();
    assertThat(root.resolve("runs/a/model/model.onnx")).exists();

    Files.writeString(root.resolve("published/history/shapes/000001.json"), "{}");
    assertThat(thresher("fsck", "--run", "a").code()).isEqualTo(ExitCode.DAMAGED);
    Outcome list = thresher("published");
    assertThat(list.code()).isEqualTo(ExitCode.DAMAGED);
    assertThat(list.err()).contains("damaged: ").contains("history/shapes/000001.json");
  }

  @Test
  void publishersThatRaceOnS3MakeOneHistory() throws Exception {
    try (LocalObjectStore server =
        LocalObjectStore.start(Installation.home().orElseThrow(), folder.resolve("s3"), "bucket")) {
      StoreLocation location =
          StoreLocation.of("s3a://bucket/pre", server.settings().hadoopSettings());
      List<String> runs = List.of("a", "b", "c", "d");
      for (String run : runs) {
        RunStore store = RunStore.open(location, run);
        // Publishing reads no images.
        files.forEach(
            (key, bytes) -> {
              if (!key.matches("(sample|teacher|checkpoints|events)/.*")) {
                store.write(key, bytes);
              }
            });
      }
      ExecutorService pool = Executors.newFixedThreadPool(runs.size());
      try {
        List<Callable<Outcome>> publishers = new ArrayList<>();
        for (String run : runs) {
          publishers.add(() -> thresher(overS3(server, "publish", "--run", run)));
        }
        for (Future<Outcome> published : pool.invokeAll(publishers)) {
          assertThat(published.get().code()).as(published.get()::toString).isEqualTo(ExitCode.DONE);
        }
      } finally {
        pool.shutdownNow();
      }
      List<Publication> versions = Publications.in(location).history("shapes").versions();
      assertThat(versions).extracting(Publication::version).containsExactly(1, 2, 3, 4);
      assertThat(versions)
          .extracting(version -> version.promotion().run())
          .containsExactlyInAnyOrderElementsOf(runs);
      JsonNode back =
          JSON.readTree(
              thresher(overS3(server, "rollback", "--network", "shapes", "--json")).out());
      assertThat(back.get("restores").asInt()).isEqualTo(3);
      assertThat(back.get("pointer").asText()).isEqualTo("s3a://bucket/pre/published/shapes.json");
      assertThat(
              new String(
                  RunStore.published(location).readIfPresent("shapes.json").orElseThrow(), UTF_8))
          .contains("\"version\" : 5")
          .doesNotContain(server.settings().secretKey().reveal())
          .doesNotContain(server.settings().accessKey().reveal());
    }
  }

  private static List<String> overS3(LocalObjectStore server, String... words) {
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(List.of("--set", "store.root=s3a://bucket/pre"));
    all.addAll(List.of("--set", "store.s3.endpoint=" + server.settings().endpoint()));
    all.addAll(List.of("--set", "store.s3.access-key=" + server.settings().accessKey().reveal()));
    all.addAll(List.of("--set", "store.s3.secret-key=" + server.settings().secretKey().reveal()));
    return all;
  }
}
