package dev.thresher.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.hdfs.MiniDFSCluster;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The store on a real HDFS: a name node and a data node, spoken to over its protocol. */
@Tag("slow")
class HdfsRunStoreTest {
  private static MiniDFSCluster cluster;

  @BeforeAll
  static void start(@TempDir Path folder) throws IOException {
    Configuration configuration = new Configuration();
    configuration.set(MiniDFSCluster.HDFS_MINIDFS_BASEDIR, folder.toString());
    cluster = new MiniDFSCluster.Builder(configuration).numDataNodes(1).build();
    cluster.waitActive();
  }

  @AfterAll
  static void stop() {
    cluster.shutdown();
  }

  private static RunStore store(String run) {
    return RunStore.open(StoreLocation.of(cluster.getURI() + "/a/store", Map.of()), run);
  }

  @Test
  void readsBackWhatWasWrittenAndLeavesNothingElse() {
    RunStore store = store("r1");
    ObjectRecord record = store.write("model/weights.bin", "some bytes".getBytes(UTF_8));
    store.write("model/weights.bin", "some bytes".getBytes(UTF_8));
    store.commitAlone("model/record.json", "{}");

    assertThat(store.read(record)).isEqualTo("some bytes".getBytes(UTF_8));
    assertThat(store.list())
        .extracting(StoredObject::key)
        .containsExactlyInAnyOrder("model/weights.bin", "model/record.json");
  }

  @Test
  void ofRacingCommitsExactlyOneWinsAndItsRecordStays() throws Exception {
    RacingCommits.assertOneWins(store("r2"), 4, 10);
  }

  @Test
  void whatMayBeReplacedIsReplacedInOneStep() {
    RunStore store = store("r3");
    store.replace("progress.json", "{}");
    store.replace("progress.json", "{\"more\": 1}");
    assertThat(new String(store.readIfPresent("progress.json").orElseThrow(), UTF_8))
        .isEqualTo("{\"more\": 1}");
  }

  @Test
  void aWriterThatIsReplacedCommitsNothingMore() {
    RunStore older =
        store("r4").takeOver(new WriterRecord(0, "a", "here", 1, "2026-01-01T00:00:00Z", ""));
    RunStore newer =
        store("r4").takeOver(new WriterRecord(0, "b", "here", 2, "2026-01-01T00:00:00Z", ""));
    assertThatThrownBy(() -> older.commit("two.json", new ObjectMapper().createObjectNode()))
        .isInstanceOf(FencedException.class);
    newer.commit("two.json", new ObjectMapper().createObjectNode());
    assertThat(newer.readIfPresent("two.json")).isPresent();
  }
}
