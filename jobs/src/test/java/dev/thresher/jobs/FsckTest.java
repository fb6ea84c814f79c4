package dev.thresher.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thresher.jobs.Workplace.Outcome;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code thresher fsck} finds in a run of five rounds, of which three states are kept. */
@Tag("slow")
class FsckTest {
  @TempDir static Path folder;
  private static Workplace place;

  @BeforeAll
  static void run() throws IOException {
    place = Workplace.in(folder);
    Outcome done = place.thresher("run", "--run", "r", "finetune.epochs=2.5");
    assertThat(done.code()).as(done::toString).isEqualTo(ExitCode.DONE);
  }

  private static Outcome fsck(String run, String... more) {
    List<String> words =
        new ArrayList<>(
            List.of("fsck", "--run", run, "--set", "store.root=" + place.path("store")));
    words.addAll(List.of(more));
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

  @Test
  void aRunThatIsWholeIsSaidToBe() throws IOException {
    assertThat(place.run("r").resolve("checkpoints/commits/000005.json")).exists();
    assertThat(place.files("r", "checkpoints/states")).hasSizeLessThan(5);
    Outcome outcome = fsck("r");
    assertThat(outcome.code()).as(outcome::toString).isEqualTo(ExitCode.DONE);
    assertThat(outcome.out())
        .containsPattern("fsck \\S+/runs/r: \\d+ records, \\d+ objects of \\d+ bytes are whole")
        .contains("last writer: process " + ProcessHandle.current().pid())
        .doesNotContain("damaged")
        .doesNotContain("orphan");
  }

  @Test
  void everyFileThatIsChangedOrGoneIsFound() throws IOException {
    Map<String, byte[]> files = place.files("r", "");
    files.keySet().removeIf(name -> name.startsWith("events/") || name.equals(Telemetry.KEY));
    assertThat(files).hasSizeGreaterThan(20);
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      Path path = place.run("r").resolve(file.getKey());
      byte[] flipped = file.getValue().clone();
      flipped[flipped.length / 2] ^= 4;
      Files.write(path, flipped);
      Outcome outcome = fsck("r");
      assertThat(outcome.code()).as(file.getKey() + outcome).isEqualTo(ExitCode.DAMAGED);
      assertThat(outcome.out()).contains("damaged: ").contains(file.getKey());
      Files.delete(path);
      assertThat(fsck("r").code()).as(file.getKey()).isEqualTo(ExitCode.DAMAGED);
      Files.write(path, file.getValue());
    }
    assertThat(fsck("r").code()).isEqualTo(ExitCode.DONE);
  }

  @Test
  void repairRemovesOrphansOnlyAndOnlyWhereNobodyWrites() throws IOException {
    for (Map.Entry<String, byte[]> file : place.files("r", "").entrySet()) {
      Path path = place.run("copy").resolve(file.getKey());
      Files.createDirectories(path.getParent());
      Files.write(path, file.getValue());
    }
    Map<String, byte[]> before = place.files("copy", "");
    Path orphan = Files.writeString(place.run("copy").resolve("model/.left.tmp"), "half of");
    assertThat(fsck("copy").out()).contains("orphan: model/.left.tmp, 7 bytes");

    Outcome refused = fsck("copy", "--repair");
    assertThat(refused.code()).isEqualTo(ExitCode.INPUT);
    assertThat(refused.told()).contains("a job may be working on it").contains("--grace");
    assertThat(orphan).exists();

    Outcome repaired = fsck("copy", "--repair", "--grace", "0", "--json");
    assertThat(repaired.code()).as(repaired::toString).isEqualTo(ExitCode.DONE);
    assertThat(repaired.err()).contains("removes: model/.left.tmp, 7 bytes");
    JsonNode found = new ObjectMapper().readTree(repaired.out());
    assertThat(found.get("removed")).hasSize(1);
    assertThat(found.get("removed").get(0).get("key").asText()).isEqualTo("model/.left.tmp");
    assertThat(found.get("orphans")).isEmpty();
    Map<String, byte[]> after = place.files("copy", "");
    assertThat(after.keySet()).containsAll(before.keySet()).doesNotContain("model/.left.tmp");
    before.forEach((name, bytes) -> assertThat(after.get(name)).as(name).isEqualTo(bytes));
  }

  @Test
  void aRunThatIsNotThere() {
    Outcome none = fsck("none");
    assertThat(none.code()).isEqualTo(ExitCode.INPUT);
    assertThat(none.told()).contains("There is no run none in ");
    assertThat(fsck("..").code()).isEqualTo(ExitCode.USAGE);
  }
}
