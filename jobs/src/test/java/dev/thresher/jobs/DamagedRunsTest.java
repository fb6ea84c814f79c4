package dev.thresher.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.jobs.Workplace.Outcome;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every object and every record of a run of five rounds and two writers, damaged in every way, each
 * damage alone: fsck names it, and repair removes nothing, not even an orphan.
 */
@Tag("soak")
@Tag("slow")
class DamagedRunsTest {
  private static final long SPARSE = 3L << 30;
  private static final String ORPHAN = "model/left.bin";

  @TempDir static Path folder;
  private static Workplace place;
  private static Map<String, byte[]> whole;

  @BeforeAll
  static void run() throws IOException {
    place = Workplace.in(folder);
    for (String job : List.of("sample", "run")) {
      Outcome done = place.thresher(job, "--run", "r", "finetune.epochs=2.5");
      assertThat(done.code()).as(done::toString).isEqualTo(ExitCode.DONE);
    }
    whole = place.files("r", "");
    whole.keySet().removeIf(name -> name.startsWith("events/") || name.equals(Telemetry.KEY));
    assertThat(whole)
        .containsKeys(
            "writers/000002.json", "history/000002.json", "checkpoints/commits/000005.json");
    Files.writeString(place.run("r").resolve(ORPHAN), "which no record names");
  }

  /** One way in which a file is not what it was. */
  private enum Damage {
    FLIP,
    CUT,
    DELETE,
    SWAP,
    LINK,
    LOOP,
    FOLDER,
    SPARSE
  }

  private record Case(String key, Damage damage) {}

  private static Path file(String key) {
    return place.run("r").resolve(key);
  }

  /** All cases in an order that any prefix of is a fair choice. */
  private static List<Case> cases() {
    List<Case> cases = new ArrayList<>();
    for (String key : whole.keySet()) {
      for (Damage damage : Damage.values()) {
        cases.add(new Case(key, damage));
      }
    }
    Collections.shuffle(cases, new Random(23));
    return cases;
  }

  private static void inflict(Case one) throws IOException {
    Path file = file(one.key());
    byte[] bytes = whole.get(one.key());
    Files.delete(file);
    switch (one.damage()) {
      case FLIP -> {
        byte[] flipped = bytes.clone();
        flipped[flipped.length / 2] ^= 4;
        Files.write(file, flipped);
      }
      case CUT -> Files.write(file, Arrays.copyOf(bytes, bytes.length / 2));
      case DELETE -> {}
      case SWAP -> Files.write(file, neighbour(one.key()));
      case LINK -> {
        Path same = Files.write(place.path("same-bytes"), bytes);
        Files.createSymbolicLink(file, same);
      }
      case LOOP -> Files.createSymbolicLink(file, file);
      case FOLDER -> Files.createDirectory(file);
      case SPARSE -> {
        try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
          sparse.setLength(SPARSE);
        }
      }
    }
  }

  /** The bytes of the file before it in its folder, the older one of records; else of any. */
  private static byte[] neighbour(String key) {
    String parent = key.substring(0, key.lastIndexOf('/') + 1);
    byte[] bytes = whole.get(key);
    byte[] other = new byte[0];
    for (Map.Entry<String, byte[]> entry : whole.entrySet()) {
      boolean isBefore = entry.getKey().compareTo(key) < 0 && entry.getKey().startsWith(parent);
      if (!Arrays.equals(entry.getValue(), bytes) && (isBefore || other.length == 0)) {
        other = entry.getValue();
      }
    }
    return other;
  }

  private static void mend(Case one) throws IOException {
    Files.deleteIfExists(file(one.key()));
    Files.write(file(one.key()), whole.get(one.key()));
  }

  private static Outcome fsck(String... more) {
    List<String> words = new ArrayList<>(List.of("--run", "r"));
    words.addAll(List.of(more));
    return place.thresher("fsck", words.toArray(String[]::new));
  }

  @Test
  void eachIsNamedAndNothingIsRemoved() throws IOException {
    assertThat(fsck().code()).isEqualTo(ExitCode.DONE);
    Soak soak = Soak.of("damaged runs", 48, 2_000);
    Map<Damage, Integer> named = new LinkedHashMap<>();
    for (Case one : cases()) {
      if (!soak.goesOn()) {
        break;
      }
      inflict(one);
      try {
        isNamedAndNothingIsRemoved(one);
      } finally {
        mend(one);
      }
      named.merge(one.damage(), 1, Integer::sum);
    }
    Map<String, byte[]> after = place.files("r", "");
    assertThat(after).containsKey(ORPHAN);
    whole.forEach((name, bytes) -> assertThat(after.get(name)).as(name).isEqualTo(bytes));
    assertThat(fsck().code()).isEqualTo(ExitCode.DONE);
    System.out.println("soak: damage that was named: " + named);
  }

  private static void isNamedAndNothingIsRemoved(Case one) {
    Outcome found = fsck();
    assertThat(found.code()).as(() -> one + "\n" + found).isEqualTo(ExitCode.DAMAGED);
    assertThat(found.out().lines().filter(line -> line.contains("damaged: ")))
        .as(() -> one + "\n" + found)
        .anyMatch(line -> line.contains(one.key()));
    Outcome repaired = fsck("--repair", "--grace", "0");
    assertThat(repaired.code()).as(() -> one + "\n" + repaired).isEqualTo(ExitCode.DAMAGED);
    assertThat(repaired.out()).contains("orphan: " + ORPHAN).doesNotContain("remove");
  }

  @Test
  void resumeAndPublishRefuseWhatFsckNames() throws IOException {
    for (String key :
        List.of(
            "config.conf", "stages/finetune.json", "stages/report.json", "writers/000001.json")) {
      for (Damage damage : List.of(Damage.FLIP, Damage.DELETE, Damage.SWAP, Damage.LINK)) {
        Case one = new Case(key, damage);
        inflict(one);
        try {
          isRefused(one, place.thresher("run", "--run", "r", "finetune.epochs=2.5"));
          isRefused(one, place.thresher("publish", "--run", "r", "finetune.epochs=2.5"));
        } finally {
          mend(one);
        }
      }
    }
  }

  private static void isRefused(Case one, Outcome outcome) {
    assertThat(outcome.code()).as(() -> one + "\n" + outcome).isEqualTo(ExitCode.DAMAGED);
    assertThat(outcome.told()).contains(one.key());
  }

  @Test
  void aConfigurationThatWasEditedIsDamage() throws IOException {
    String text = new String(whole.get("config.conf"), java.nio.charset.StandardCharsets.UTF_8);
    Files.writeString(file("config.conf"), text + "\npublish.network = other\n");
    assertThat(fsck().code()).isEqualTo(ExitCode.DAMAGED);
    assertThat(place.thresher("publish", "--run", "r").code()).isEqualTo(ExitCode.DAMAGED);
    Files.write(file("config.conf"), whole.get("config.conf"));
  }
}
