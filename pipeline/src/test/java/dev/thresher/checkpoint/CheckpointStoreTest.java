package dev.thresher.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.reference.ReferenceEngine;
import dev.thresher.finetune.CosineRestarts;
import dev.thresher.finetune.Distillation;
import dev.thresher.finetune.FineTuneListener;
import dev.thresher.finetune.FineTuneProgress;
import dev.thresher.finetune.FineTuneSettings;
import dev.thresher.finetune.FineTuneTask;
import dev.thresher.finetune.FineTunedNetwork;
import dev.thresher.finetune.FineTuner;
import dev.thresher.finetune.LocalRounds;
import dev.thresher.finetune.RoundRecord;
import dev.thresher.finetune.Samples;
import dev.thresher.finetune.Samples.Data;
import dev.thresher.finetune.Samples.Pixels;
import dev.thresher.finetune.TrainingState;
import dev.thresher.network.Graph;
import dev.thresher.quantize.Scheme;
import dev.thresher.store.AlreadyCommittedException;
import dev.thresher.store.RunStore;
import dev.thresher.store.StoreLocation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {
  @TempDir Path folder;

  private final ReferenceEngine engine = new ReferenceEngine();
  private final Graph graph = Samples.graph(3);
  private final Pixels pixels = Pixels.of(5, 12, 9, 12, 11);
  private final Data data = Data.of(graph, pixels, engine);
  private final ThresholdedNetwork network =
      Samples.thresholded(graph, pixels, Scheme.SYMMETRIC, engine);
  private FineTuneTask task;
  private FineTunedNetwork whole;

  private static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1L;
  }

  @BeforeEach
  void runWithoutInterruption() {
    task = task(17);
    whole = run(Optional.empty(), FineTuneListener.NONE);
    assertThat(whole.rounds()).hasSize(6);
  }

  private FineTuneTask task(long seed) {
    FineTuneSettings settings =
        new FineTuneSettings(
            3.3,
            4,
            2,
            3,
            new CosineRestarts(0.01, 1e-4, 1e-7, 7),
            Distillation.ROOT_MEAN_SQUARE,
            16,
            0,
            0,
            seed);
    return new FineTuneTask(network, data, Samples.NORMALIZER, settings, ReferenceEngine::new);
  }

  private FineTunedNetwork run(Optional<TrainingState> resume, FineTuneListener listener) {
    try (LocalRounds rounds = new LocalRounds(task)) {
      return FineTuner.finetune(task, rounds, resume, listener);
    }
  }

  private CheckpointStore open(FineTuneTask of, int last) {
    RunStore store = RunStore.open(StoreLocation.of(folder.toUri().toString(), Map.of()), "run");
    return new CheckpointStore(store, of, "test", new Retention(last));
  }

  private static FineTuneListener saving(CheckpointStore checkpoints, int crashAfter) {
    return new FineTuneListener() {
      @Override
      public void onRound(RoundRecord round, FineTuneProgress progress, TrainingState state) {
        checkpoints.save(state, round);
        if (state.round() == crashAfter) {
          throw new Crash();
        }
      }
    };
  }

  private void crashAfter(int round) {
    assertThatThrownBy(() -> run(Optional.empty(), saving(open(task, 9), round)))
        .isInstanceOf(Crash.class);
  }

  private List<Path> files(String below) throws IOException {
    try (Stream<Path> files = Files.list(folder.resolve("runs/run/checkpoints/" + below))) {
      return files.sorted().toList();
    }
  }

  @Test
  void anEmptyRunHasNoCheckpoint() {
    assertThat(open(task, 2).latest()).isEmpty();
  }

  @Test
  void aCrashedRunEndsWithTheBytesOfOneThatWasNotInterrupted() {
    crashAfter(3);
    CheckpointStore checkpoints = open(task, 2);
    Checkpoint checkpoint = checkpoints.latest().orElseThrow();
    FineTunedNetwork resumed = run(Optional.of(checkpoint.state()), saving(checkpoints, 0));

    assertThat(checkpoint.state().round()).isEqualTo(3);
    assertThat(checkpoint.rounds()).extracting(RoundRecord::round).containsExactly(1, 2, 3);
    assertThat(checkpoint.damaged()).isEmpty();
    assertThat(resumed.scales()).isEqualTo(whole.scales());
    assertThat(open(task, 2).latest().orElseThrow().rounds())
        .extracting(RoundRecord::round)
        .containsExactly(1, 2, 3, 4, 5, 6);
  }

  @Test
  void aDamagedStateGivesWayToTheOneBeforeItAndItsRoundIsCommittedAgain() throws IOException {
    crashAfter(4);
    Path newest = files("states").get(3);
    byte[] bytes = Files.readAllBytes(newest);
    bytes[bytes.length / 2] ^= 1;
    Files.write(newest, bytes);

    CheckpointStore checkpoints = open(task, 9);
    Checkpoint checkpoint = checkpoints.latest().orElseThrow();
    assertThat(checkpoint.state().round()).isEqualTo(3);
    assertThat(checkpoint.damaged()).singleElement().asString().contains("SHA-256");
    FineTunedNetwork resumed = run(Optional.of(checkpoint.state()), saving(checkpoints, 0));
    assertThat(resumed.scales()).isEqualTo(whole.scales());
    assertThat(files("commits"))
        .extracting(path -> path.getFileName().toString())
        .contains("000004.json", "000004.1.json");
    assertThat(open(task, 9).latest().orElseThrow().state().round()).isEqualTo(6);
  }

  @Test
  void anUncommittedStateDoesNotExist() throws IOException {
    crashAfter(2);
    Files.delete(files("commits").get(1)); // the crash came between object and record

    CheckpointStore checkpoints = open(task, 9);
    Checkpoint checkpoint = checkpoints.latest().orElseThrow();
    assertThat(checkpoint.state().round()).isEqualTo(1);
    assertThat(run(Optional.of(checkpoint.state()), saving(checkpoints, 0)).scales())
        .isEqualTo(whole.scales());
  }

  @Test
  void whereAllStatesAreGoneTheUserIsTold() throws IOException {
    crashAfter(2);
    for (Path state : files("states")) {
      Files.delete(state);
    }

    assertThatThrownBy(() -> open(task, 9).latest())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("2 rounds were committed, and no state is whole");
  }

  @Test
  void checkpointsOfOtherSettingsOrNetworksAreRefused() {
    crashAfter(2);
    Graph other = Samples.graph(8);
    FineTuneTask foreign =
        new FineTuneTask(
            Samples.thresholded(other, pixels, Scheme.SYMMETRIC, engine),
            data,
            Samples.NORMALIZER,
            task.settings(),
            ReferenceEngine::new);

    assertThatThrownBy(() -> open(task(18), 9).latest())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(task.configurationHash())
        .hasMessageContaining(task(18).configurationHash());
    assertThatThrownBy(() -> open(foreign, 9).latest())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("of network");
  }

  @Test
  void aSecondJobOnTheSameRunIsStopped() {
    crashAfter(2);

    assertThatThrownBy(() -> run(Optional.empty(), saving(open(task, 9), 0)))
        .isInstanceOf(AlreadyCommittedException.class);
  }

  @Test
  void oldStatesGoButTheNewestAndTheBestStay() throws IOException {
    run(Optional.empty(), saving(open(task, 2), 0));
    int best = open(task, 2).latest().orElseThrow().state().resultRound();
    List<String> kept =
        files("states").stream()
            .map(path -> path.getFileName().toString().substring(0, 6))
            .toList();

    assertThat(kept).contains("000005", "000006", "%06d".formatted(best));
    assertThat(kept.size()).isLessThanOrEqualTo(3);
    assertThat(files("commits")).hasSize(6);
  }
}
