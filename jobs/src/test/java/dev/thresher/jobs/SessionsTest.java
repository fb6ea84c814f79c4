package dev.thresher.jobs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thresher.jobs.config.ConfigurationLoader;
import dev.thresher.jobs.config.Settings;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.SparkConf;
import org.apache.spark.network.TransportContext;
import org.apache.spark.network.client.TransportClient;
import org.apache.spark.network.client.TransportClientFactory;
import org.apache.spark.network.server.NoOpRpcHandler;
import org.apache.spark.network.util.MapConfigProvider;
import org.apache.spark.network.util.TransportConf;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Tag("slow")
class SessionsTest {
  @TempDir Path folder;

  @Test
  void sparkReachesTheStoreAndShowsNoSecret() {
    Path home = Installation.home().orElseThrow();
    try (LocalObjectStore server = LocalObjectStore.start(home, folder.resolve("o"), "bucket")) {
      Settings settings =
          new ConfigurationLoader(Optional.empty())
              .set("spark.master=local[2]")
              .set("spark.sql.shuffle.partitions=3")
              .set("observe.event-log=none")
              .load()
              .settings()
              .reaching(server.settings());
      try (Sessions sessions = new Sessions(settings, "test", new RunState("r", "run"))) {
        SparkSession spark = sessions.get();

        Dataset<String> rows = spark.createDataset(List.of("a", "b", "c"), Encoders.STRING());
        rows.write().parquet("s3a://bucket/rows");

        assertThat(spark.read().parquet("s3a://bucket/rows").as(Encoders.STRING()).collectAsList())
            .containsExactlyInAnyOrder("a", "b", "c");
        assertThat(spark.conf().get("spark.sql.shuffle.partitions")).isEqualTo("3");
        assertThat(spark.sparkContext().uiWebUrl().isEmpty()).isTrue();
        assertThat(spark.sparkContext().getConf().toDebugString())
            .doesNotContain(server.settings().secretKey().reveal());
        assertThat(sessions.get()).isSameAs(spark);
      }
    }
  }

  /** Any user of a machine reaches its loopback: what comes unasked must not be deserialized. */
  @ParameterizedTest
  @CsvSource({"true,SaslMessage", "false,StreamCorruptedException"})
  void aLocalRunDeserializesNothingFromWhoHasNotItsSecret(boolean authenticates, String answer)
      throws Exception {
    ConfigurationLoader loader = new ConfigurationLoader(Optional.empty());
    loader.set("spark.master=local[1]").set("observe.event-log=none");
    if (!authenticates) {
      loader.set("spark.authenticate=false"); // So that the test sees what it would see without.
    }
    try (Sessions sessions =
        new Sessions(loader.load().settings(), "test", new RunState("r", "run"))) {
      SparkConf conf = sessions.get().sparkContext().getConf();

      assertThatThrownBy(() -> call(conf.getInt("spark.driver.port", 0)))
          .hasStackTraceContaining(answer);
      assertThat(conf.toDebugString()).doesNotContain("spark.authenticate.secret");
      for (Path local : folders(conf)) {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(local)))
            .isEqualTo("rwx------");
        assertThat(local).isNotEmptyDirectory();
      }
    }
  }

  /** As a stranger would: without a secret, and with what is no message. */
  private static void call(int port) throws Exception {
    TransportConf plain = new TransportConf("rpc", new MapConfigProvider(Map.of()));
    try (TransportContext context = new TransportContext(plain, new NoOpRpcHandler());
        TransportClientFactory clients = context.createClientFactory();
        TransportClient client = clients.createClient("127.0.0.1", port)) {
      ByteBuffer message = ByteBuffer.allocate(64);
      message.put((byte) 0).put((byte) 0).putShort((short) 1).put((byte) 'x').position(0);
      client.sendRpcSync(message, 10_000);
    }
  }

  private static List<Path> folders(SparkConf conf) {
    return Stream.of(conf.get("spark.local.dir").split(",")).map(Path::of).toList();
  }

  @ParameterizedTest
  @CsvSource({"local,1", "local[3],3", "'local[4, 2]',4", "spark://host:7077,0", "yarn,0"})
  void aLocalMasterSaysHowManyTasksRunInThisProcess(String master, int tasks) {
    assertThat(Sessions.localTasks(master)).isEqualTo(tasks);
  }
}
