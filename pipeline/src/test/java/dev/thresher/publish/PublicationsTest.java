package dev.thresher.publish;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.thresher.store.AlreadyCommittedException;
import dev.thresher.store.ObjectRecord;
import dev.thresher.store.StoreException;
import dev.thresher.store.StoreLocation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PublicationsTest {
  private static final String NETWORK = "net-v1.0";

  @TempDir Path folder;

  private Publications publications() {
    return Publications.in(StoreLocation.of(folder.toString(), Map.of()));
  }

  private static Promotion promotion(String run) {
    return new Promotion(
        run,
        List.of(new ObjectRecord("model/writer-2/model.onnx", 7, "ab".repeat(32))),
        new ObjectMapper().createObjectNode().put("figure", 0.25));
  }

  private Publication publish(String run) {
    return publications().publish(NETWORK, promotion(run));
  }

  private Publication rollBack() {
    PublishedHistory history = publications().history(NETWORK);
    return publications().restore(history, history.previous());
  }

  private String pointer() throws IOException {
    return Files.readString(folder.resolve("published/" + NETWORK + ".json"));
  }

  private Path version(int version) {
    return folder.resolve("published/history/%s/%06d.json".formatted(NETWORK, version));
  }

  private List<String> runs() {
    return publications().history(NETWORK).versions().stream()
        .map(version -> version.promotion().run())
        .toList();
  }

  @Test
  void thePointerIsTheNewestVersionAndNamesWhatIsPublished() throws IOException {
    publish("a");
    Publication second = publish("b");

    assertThat(second.version()).isEqualTo(2);
    assertThat(pointer()).isEqualTo(Files.readString(version(2))).isEqualTo(second.toJson());
    assertThat(new ObjectMapper().readTree(pointer()).at("/objects/0"))
        .isEqualTo(
            new ObjectMapper()
                .readTree(
                    """
                    {"name": "model/model.onnx", "path": "runs/b/model/writer-2/model.onnx",
                     "key": "model/writer-2/model.onnx", "size": 7, "sha256": "%s"}
                    """
                        .formatted("ab".repeat(32))));
    assertThat(publications().networks()).containsExactly(NETWORK);
    assertThat(publications().history(NETWORK).current()).contains(second);
    assertThat(publications().isPointerCurrent(publications().history(NETWORK))).isTrue();
  }

  @Test
  void publishingTheCurrentRunAgainChangesNothing() throws IOException {
    publish("a");
    String before = pointer();
    assertThat(publish("a").version()).isEqualTo(1);
    assertThat(pointer()).isEqualTo(before);
    publish("b");
    assertThat(publish("a").version()).isEqualTo(3);
  }

  @Test
  void rollingBackTwiceGoesBackTwoSteps() throws IOException {
    publish("a");
    publish("b");
    publish("c");
    assertThat(rollBack().promotion().run()).isEqualTo("b");
    assertThat(rollBack().promotion().run()).isEqualTo("a");
    assertThatThrownBy(this::rollBack)
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("nothing was published before run a");
    publish("d");
    assertThat(rollBack())
        .returns("a", back -> back.promotion().run())
        .returns(7, Publication::version);
    assertThat(runs()).containsExactly("a", "b", "c", "b", "a", "d", "a");
    assertThat(pointer()).isEqualTo(Files.readString(version(7))).contains("\"restores\" : 1");
  }

  @Test
  void aRollbackToARunThatWasNeverPublishedIsRefused() {
    assertThatThrownBy(() -> publications().history(NETWORK).of("a"))
        .hasMessageContaining("Nothing is published as " + NETWORK);
    publish("a");
    PublishedHistory history = publications().history(NETWORK);
    assertThatThrownBy(() -> history.of("b")).hasMessageContaining("never published");
    assertThat(publications().restore(history, history.of("a")).version()).isEqualTo(1);
  }

  @Test
  void aRollbackThatDidNotSeeTheNewestVersionIsRefused() {
    publish("a");
    publish("b");
    PublishedHistory seen = publications().history(NETWORK);
    publish("c");
    assertThatThrownBy(() -> publications().restore(seen, seen.previous()))
        .isInstanceOf(AlreadyCommittedException.class);
    assertThat(runs()).containsExactly("a", "b", "c");
  }

  @Test
  void racingPublishersMakeOneHistoryAndThePointerIsItsEnd() throws Exception {
    int publishers = 8;
    ExecutorService pool = Executors.newFixedThreadPool(publishers);
    try {
      CyclicBarrier start = new CyclicBarrier(publishers);
      List<Callable<Publication>> tasks = new ArrayList<>();
      for (int i = 0; i < publishers; i++) {
        // Every run by two of them, which counts once where they meet.
        String run = "r" + i / 2;
        tasks.add(
            () -> {
              start.await();
              return publish(run);
            });
      }
      for (Future<Publication> done : pool.invokeAll(tasks)) {
        assertThat(runs()).contains(done.get().promotion().run());
      }
    } finally {
      pool.shutdownNow();
    }
    List<Publication> versions = publications().history(NETWORK).versions();
    assertThat(versions)
        .extracting(Publication::version)
        .containsExactlyElementsOf(IntStream.rangeClosed(1, versions.size()).boxed().toList());
    assertThat(versions).hasSizeBetween(4, publishers);
    assertThat(pointer()).isEqualTo(versions.get(versions.size() - 1).toJson());
  }

  @Test
  void everyChangedByteOfAVersionIsSeenAndTheOneBeforeIsCurrent() throws IOException {
    publish("a");
    publish("b");
    byte[] whole = Files.readAllBytes(version(2));
    for (int at = 0; at < whole.length; at++) {
      byte[] flipped = whole.clone();
      flipped[at] ^= 1;
      Files.write(version(2), flipped);
      PublishedHistory history = publications().history(NETWORK);
      assertThat(history.damaged()).as("byte %d", at).singleElement().asString().contains("000002");
      assertThat(history.current().orElseThrow().promotion().run()).isEqualTo("a");
    }
    assertThat(publish("b").version()).isEqualTo(3);
    assertThat(pointer()).isEqualTo(Files.readString(version(3)));
  }

  @Test
  void aPointerThatWasChangedIsNoticedAndMadeAgain() throws IOException {
    publish("a");
    String right = pointer();
    Files.writeString(folder.resolve("published/" + NETWORK + ".json"), right.replace("a", "b"));
    assertThat(publications().isPointerCurrent(publications().history(NETWORK))).isFalse();
    publish("a");
    assertThat(pointer()).isEqualTo(right);
  }
}
