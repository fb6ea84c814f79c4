package dev.thresher.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalRunStoreTest {
  @TempDir Path folder;

  private RunStore store() {
    return RunStore.open(StoreLocation.of(folder.resolve("a store").toString(), Map.of()), "r1");
  }

  @Test
  void readsBackWhatWasWritten() {
    RunStore store = store();
    byte[] bytes = "some bytes".getBytes(UTF_8);

    ObjectRecord record = store.write("model/weights.bin", bytes);

    assertThat(store.read(record)).isEqualTo(bytes);
    assertThat(record.size()).isEqualTo(10);
    // printf 'some bytes' | sha256sum
    assertThat(record.sha256())
        .isEqualTo("0d22cdcc10e6d049dbe1af5123d50873fdfc1a4f58306e58cb6241be9472014d");
    assertThat(folder.resolve("a store/runs/r1/model/weights.bin")).hasBinaryContent(bytes);
  }

  @Test
  void leavesNothingButTheObjects() throws Exception {
    RunStore store = store();
    store.write("a/one", new byte[3]);
    store.write("a/one", new byte[3]);
    store.commitAlone("a/record.json", "{}");
    assertThatThrownBy(() -> store.commitAlone("a/record.json", "{\"other\": 1}"))
        .isInstanceOf(AlreadyCommittedException.class);

    try (Stream<Path> files = Files.list(folder.resolve("a store/runs/r1/a"))) {
      assertThat(files.map(p -> p.getFileName().toString()))
          .containsExactlyInAnyOrder("one", "record.json");
    }
  }

  @Test
  void refusesBytesThatAreNotTheCommittedOnes() throws Exception {
    RunStore store = store();
    ObjectRecord record = store.write("o", "right".getBytes(UTF_8));
    Path file = folder.resolve("a store/runs/r1/o");

    Files.writeString(file, "wrong");
    assertThatThrownBy(() -> store.read(record))
        .isInstanceOf(CorruptObjectException.class)
        .hasMessageContaining("SHA-256")
        .hasMessageContaining(record.sha256());
    Files.writeString(file, "rig");
    assertThatThrownBy(() -> store.read(record))
        .isInstanceOf(CorruptObjectException.class)
        .hasMessageContaining("3 bytes")
        .hasMessageContaining("5 bytes");
    Files.delete(file);
    assertThatThrownBy(() -> store.read(record))
        .isInstanceOf(CorruptObjectException.class)
        .hasMessageContaining("gone");
  }

  @Test
  void ofRacingCommitsExactlyOneWinsAndItsRecordStays() throws Exception {
    RacingCommits.assertOneWins(store(), 8, 20);
  }

  private RunStore taken(String id) {
    return store().takeOver(new WriterRecord(0, id, "here", 1, "2026-01-01T00:00:00Z", ""));
  }

  @Test
  void aWriterThatIsReplacedCommitsNothingMoreAndSaysWhoReplacedIt() {
    RunStore older = taken("a");
    older.commit("one.json", new ObjectMapper().createObjectNode());
    RunStore newer = taken("b");

    assertThat(older.epoch()).isEqualTo(1);
    assertThat(newer.epoch()).isEqualTo(2);
    assertThatThrownBy(() -> older.commit("two.json", new ObjectMapper().createObjectNode()))
        .isInstanceOf(FencedException.class)
        .hasMessageContaining("taken it over (process 1 on here since 2026-01-01T00:00:00Z)");
    assertThat(store().readIfPresent("two.json")).isEmpty();
    newer.commit("two.json", new ObjectMapper().createObjectNode());
    assertThat(store().lastWriter().orElseThrow().id()).isEqualTo("b");
  }

  @Test
  void aPageThatIsGoneIsNamedAndOneThatNeverWasIsNot() throws Exception {
    Path history = folder.resolve("a store/runs/r1/history");
    taken("a").commit("one.json", new ObjectMapper().createObjectNode());
    RunStore killed = taken("b");
    Files.delete(history.resolve("000002.json"));
    assertThat(killed.history().damage()).isEmpty();
    taken("c").commit("three.json", new ObjectMapper().createObjectNode());
    taken("d");
    assertThat(store().history().damage()).isEmpty();

    byte[] page = Files.readAllBytes(history.resolve("000003.json"));
    Files.delete(history.resolve("000003.json"));
    assertThat(store().history().damage())
        .singleElement()
        .asString()
        .contains("Cannot find history/000002.json, history/000003.json of ")
        .contains("history/000004.json goes on from")
        .contains("Put it back");
    Files.write(history.resolve("000003.json"), page);
    assertThat(store().history().damage()).isEmpty();
  }

  @Test
  void anObjectOfOtherBytesIsNeverReplaced() throws Exception {
    RunStore older = taken("a");
    ObjectRecord left = older.write("x/summary.json", new byte[] {1});
    RunStore newer = taken("b");
    ObjectRecord own = newer.write("x/summary.json", new byte[] {2});
    ObjectRecord same = newer.write("x/summary.json", new byte[] {1});

    assertThat(own.key()).isEqualTo("x/writer-2/summary.json");
    assertThat(own.name()).isEqualTo("x/summary.json");
    assertThat(same).isEqualTo(left);
    assertThat(store().read(left)).containsExactly(1);
    assertThat(store().read(own)).containsExactly(2);
    assertThatThrownBy(() -> store().write("x/summary.json", new byte[] {3}))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("an object of other bytes is there already");
  }

  @Test
  void aRepeatedCommitOfTheSameBytesIsOnesOwn() {
    store().commitAlone("c.json", "{\"writer\": \"me\"}");
    store().commitAlone("c.json", "{\"writer\": \"me\"}");
  }

  @Test
  void foldersAndObjectsAreTheirOwnersAlone() throws Exception {
    store().write("deep/er/object", new byte[] {1});
    store().replace("status.json", "{}");
    try (Stream<Path> all = Files.walk(folder.resolve("a store"))) {
      for (Path path : all.toList()) {
        String wanted = Files.isDirectory(path) ? "rwx------" : "rw-------";
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
            .as("%s", path)
            .isEqualTo(wanted);
      }
    }
  }

  @Test
  void aRecordThatIsGoneOldOrOfAnotherRunIsRefused() throws Exception {
    RunStore store = taken("a");
    ObjectNode content = new ObjectMapper().createObjectNode();
    store.commit("one.json", content.put("n", 1));
    store.commit("two.json", content.put("n", 2));
    Path file = folder.resolve("a store/runs/r1/two.json");
    byte[] two = Files.readAllBytes(file);

    Files.write(file, store.readIfPresent("one.json").orElseThrow());
    assertThatThrownBy(() -> store().record("two.json"))
        .isInstanceOf(CorruptObjectException.class)
        .hasMessageContaining("two.json");
    Files.delete(file);
    assertThatThrownBy(() -> store().record("two.json"))
        .isInstanceOf(CorruptObjectException.class)
        .hasMessageContaining("the run's history names it");
    Files.write(file, two);
    assertThat(store().record("two.json")).isPresent();

    RunStore other = store().sibling("r2").takeOver(new WriterRecord(0, "b", "here", 1, "", ""));
    other.commit("three.json", content.put("n", 3));
    Files.copy(
        folder.resolve("a store/runs/r2/three.json"), folder.resolve("a store/runs/r1/three.json"));
    assertThatThrownBy(() -> store().record("three.json"))
        .isInstanceOf(CorruptObjectException.class)
        .hasMessageContaining("of another run");
  }

  /** As a writer leaves it that is killed between a record and the page that is to name it. */
  @Test
  void aRecordThatNoPageNamesYetIsUsedAndNamedByTheNextWriter() throws Exception {
    RunStore store = taken("a");
    Path page = folder.resolve("a store/runs/r1/history/000001.json");
    byte[] before = Files.readAllBytes(page);
    store.commit("one.json", new ObjectMapper().createObjectNode());
    Files.write(page, before);

    assertThat(store().history().damage()).isEmpty();
    assertThat(store().record("one.json")).isPresent();
    assertThat(store().history().names("one.json")).isFalse();
    RunStore next = taken("b");
    assertThat(next.record("one.json")).isPresent();
    assertThat(store().history().names("one.json")).isTrue();
    Files.delete(folder.resolve("a store/runs/r1/one.json"));
    assertThatThrownBy(() -> store().record("one.json")).isInstanceOf(CorruptObjectException.class);
  }

  @Test
  void whatIsNotThereIsEmpty() {
    assertThat(store().readIfPresent("no/such")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".hidden", "a/b", "a b", "..", "ä"})
  void refusesMalformedRunIds(String id) {
    StoreLocation location = StoreLocation.of(folder.toString(), Map.of());
    assertThatThrownBy(() -> RunStore.open(location, id))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'" + id + "'");
  }

  @Test
  void aRunIdHasAtMost80Characters() {
    assertThat(RunStore.isRunId("x".repeat(80))).isTrue();
    assertThat(RunStore.isRunId("x".repeat(81))).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"../escape", "/absolute", "a//b", "a/../b", "", "a/"})
  void refusesKeysThatLeaveTheRun(String key) {
    assertThatThrownBy(() -> store().write(key, new byte[0]))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"s3://bucket/x", "gs://bucket", "s3a:///x", "s3a://key:pass@bucket/x", ""})
  void refusesRootsItCannotUse(String root) {
    assertThatThrownBy(() -> StoreLocation.of(root, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("pass@");
  }

  @Test
  void theProbeCreatesNothingInAFolder() {
    Path root = folder.resolve("not/yet");
    StoreProbe.check(StoreLocation.of(root.toString(), Map.of()));
    assertThat(root).doesNotExist();
  }

  @Test
  void theProbeNamesAFileInTheWay() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "x");
    assertThatThrownBy(
            () -> StoreProbe.check(StoreLocation.of(file.resolve("below").toString(), Map.of())))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("is a file, not a folder");
  }

  @Test
  void theProbeNamesAFolderThatMayNotBeWritten() throws Exception {
    Path closed = Files.createDirectory(folder.resolve("closed"));
    assertThat(closed.toFile().setWritable(false)).isTrue();
    Assumptions.assumeFalse(Files.isWritable(closed), "root may write everywhere");
    assertThatThrownBy(
            () -> StoreProbe.check(StoreLocation.of(closed.resolve("s").toString(), Map.of())))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("permission denied");
  }

  @Test
  void locationsNeverShowTheirSettings() {
    StoreLocation location =
        StoreLocation.of("s3a://bucket/p/", Map.of("fs.s3a.secret.key", "hush"));
    assertThat(location.toString()).isEqualTo("s3a://bucket/p");
    assertThat(RunStore.open(location, "r").toString()).isEqualTo("s3a://bucket/p/runs/r");
  }
}
