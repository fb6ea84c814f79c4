package dev.thresher.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is damaged of the newest checkpoint, the one before it is used and leads to the end. */
@Tag("soak")
class DamagedCheckpointTest {
  private static final int NEWEST = 4;

  @TempDir Path folder;
  private final SmallTraining training = new SmallTraining();
  private final float[] undisturbed = training.undisturbed();

  @BeforeEach
  void commitFourRounds() {
    assertThatThrownBy(() -> training.resume(checkpoints("first"), NEWEST))
        .isInstanceOf(SmallTraining.Stopped.class);
  }

  private CheckpointStore checkpoints(String driver) {
    return training.checkpoints(SmallTraining.taken(folder, driver));
  }

  /** Read only, so that nothing of one case is left for the next. */
  private Checkpoint latest() {
    return training.checkpoints(SmallTraining.store(folder)).latest().orElseThrow();
  }

  private List<Path> newest() throws IOException {
    try (Stream<Path> files = Files.walk(folder.resolve("runs/run/checkpoints"))) {
      return files.filter(f -> f.getFileName().toString().startsWith("00000" + NEWEST)).toList();
    }
  }

  @Test
  void everyByteFlippedIsDetectedAndTheOneBeforeIsUsed() throws IOException {
    assertThat(latest().state().round()).isEqualTo(NEWEST);
    int flips = 0;
    assertThat(newest()).hasSize(2);
    for (Path file : newest()) {
      byte[] whole = Files.readAllBytes(file);
      for (int i = 0; i < whole.length; i++) {
        byte[] flipped = whole.clone();
        flipped[i] ^= (byte) (1 << (i % 8));
        Files.write(file, flipped);
        Checkpoint used = latest();
        assertThat(used.state().round()).as("byte %d of %s", i, file).isEqualTo(NEWEST - 1);
        assertThat(used.damaged()).as("byte %d of %s", i, file).hasSize(1);
        flips++;
      }
      Files.write(file, whole);
    }
    System.out.println("soak: " + flips + " bytes of a checkpoint flipped, all detected");
    assertThat(flips).isGreaterThan(500);
    assertThat(latest().state().round()).isEqualTo(NEWEST);
  }

  @Test
  void aDamagedRecordOrStateLeadsToTheSameEnd() throws IOException {
    for (Path file : newest()) {
      byte[] whole = Files.readAllBytes(file);
      byte[] flipped = whole.clone();
      flipped[whole.length / 2] ^= 1;
      Files.write(file, flipped);
    }
    CheckpointStore again = checkpoints("second");
    assertThat(training.resume(again, 0).scales()).isEqualTo(undisturbed);
    assertThat(latest().state().round()).isEqualTo(SmallTraining.ROUNDS);
  }

  @Test
  void everyObjectDeletedLeavesACheckpointThatLeadsToTheSameEnd() throws IOException {
    List<Path> objects;
    try (Stream<Path> files = Files.walk(folder.resolve("runs"))) {
      objects = files.filter(Files::isRegularFile).sorted().toList();
    }
    assertThat(objects).hasSizeGreaterThan(6);
    for (Path object : objects) {
      byte[] whole = Files.readAllBytes(object);
      Files.delete(object);
      if (object.startsWith(folder.resolve("runs/run/history"))) {
        // What is the newest record cannot be known any more.
        assertThatThrownBy(this::latest).hasMessageContaining("history/000001.json is gone");
        Files.write(object, whole);
        continue;
      }
      Checkpoint used = latest();
      boolean isOfNewest = newest().size() < 2;
      assertThat(used.state().round()).as("%s", object).isEqualTo(isOfNewest ? NEWEST - 1 : NEWEST);
      Path copy = Files.createTempDirectory(folder, "copy");
      copy(folder.resolve("runs"), copy.resolve("runs"));
      CheckpointStore again = training.checkpoints(SmallTraining.taken(copy, "again"));
      assertThat(training.resume(again, 0).scales()).as("%s", object).isEqualTo(undisturbed);
      Files.write(object, whole);
    }
    System.out.println(
        "soak: " + objects.size() + " objects of a run deleted, all survived or refused");
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : files.toList()) {
        Path target = to.resolve(from.relativize(file).toString());
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
        } else {
          Files.copy(file, target);
        }
      }
    }
  }
}
