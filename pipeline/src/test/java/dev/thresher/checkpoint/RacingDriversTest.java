package dev.thresher.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.store.FencedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Drivers that train one run at the same time, each of which takes it when it starts. */
@Tag("soak")
@Tag("slow")
class RacingDriversTest {
  private static final int RACES = 50;
  private static final long SEED = 3;

  @TempDir Path folder;
  private final SmallTraining training = new SmallTraining();
  private final List<SmallTraining.Round> rounds = training.rounds();

  /**
   * Goes on from the newest checkpoint, with the rounds that any driver would compute.
   *
   * @return whether it came to the end; false where it was replaced
   */
  private boolean drive(Path run, String name, long seed) throws InterruptedException {
    Random random = new Random(seed);
    pause(random.nextInt(10_000));
    try {
      CheckpointStore checkpoints = training.checkpoints(SmallTraining.taken(run, name));
      int done = checkpoints.latest().map(latest -> latest.state().round()).orElse(0);
      for (SmallTraining.Round round : rounds.subList(done, rounds.size())) {
        pause(random.nextInt(3_000));
        checkpoints.save(round.state(), round.record());
      }
      return true;
    } catch (FencedException e) {
      return false;
    }
  }

  private static void pause(int micros) throws InterruptedException {
    Thread.sleep(micros / 1000, micros % 1000 * 1000);
  }

  @Test
  void makeOneHistory() throws Exception {
    Random random = new Random(SEED);
    ExecutorService pool = Executors.newFixedThreadPool(3);
    int replaced = 0;
    try {
      for (int race = 0; race < RACES; race++) {
        Path run = Files.createDirectory(folder.resolve("race" + race));
        List<Future<Boolean>> drivers = new ArrayList<>();
        for (String name : List.of("a", "b", "c")) {
          long seed = random.nextLong();
          drivers.add(pool.submit(() -> drive(run, name, seed)));
        }
        int finished = 0;
        for (Future<Boolean> driver : drivers) {
          finished += driver.get() ? 1 : 0;
        }
        replaced += drivers.size() - finished;
        assertThat(finished).as("race %d of seed %d", race, SEED).isPositive();
        requireOneHistory(run);
      }
    } finally {
      pool.shutdownNow();
    }
    System.out.println(
        "soak: " + RACES + " races of three drivers, one history each; replaced: " + replaced);
    assertThat(replaced).isPositive();
  }

  private void requireOneHistory(Path run) throws Exception {
    Checkpoint last = training.checkpoints(SmallTraining.store(run)).latest().orElseThrow();
    assertThat(last.damaged()).isEmpty();
    assertThat(last.state().scales())
        .isEqualTo(rounds.get(SmallTraining.ROUNDS - 1).state().scales());
    assertThat(last.rounds()).hasSize(SmallTraining.ROUNDS);
    try (Stream<Path> records = Files.list(run.resolve("runs/run/checkpoints/commits"))) {
      assertThat(records.map(file -> file.getFileName().toString()).sorted().toList())
          .containsExactly(
              "000001.json",
              "000002.json",
              "000003.json",
              "000004.json",
              "000005.json",
              "000006.json");
    }
  }
}
