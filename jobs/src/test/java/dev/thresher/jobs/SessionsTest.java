package dev.thresher.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.jobs.config.ConfigurationLoader;
import dev.thresher.jobs.config.Settings;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  @ParameterizedTest
  @CsvSource({"local,1", "local[3],3", "'local[4, 2]',4", "spark://host:7077,0", "yarn,0"})
  void aLocalMasterSaysHowManyTasksRunInThisProcess(String master, int tasks) {
    assertThat(Sessions.localTasks(master)).isEqualTo(tasks);
  }
}
