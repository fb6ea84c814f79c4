package dev.thresher.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DoctorTest {
  @TempDir Path folder;
  private String out;

  private ExitCode doctor(String... words) {
    List<String> all = new ArrayList<>(List.of("doctor"));
    for (String word : words) {
      all.addAll(word.contains("=") ? List.of("--set", word) : List.of(word));
    }
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(bytes, true, UTF_8);
    ExitCode code = Main.run(all.toArray(String[]::new), Stages.all(), stream, stream);
    out = bytes.toString(UTF_8);
    return code;
  }

  @Test
  void aMachineThatRunsTheTestsIsWell() throws IOException {
    assertThat(doctor("--json", "store.root=" + folder.resolve("new"))).isEqualTo(ExitCode.DONE);
    JsonNode found = new ObjectMapper().readTree(out);
    assertThat(found.get("ok").asBoolean()).isTrue();
    assertThat(found.get("checks"))
        .extracting(check -> check.get("check").asText())
        .containsExactly(
            "java",
            "flags",
            "engine",
            "cores",
            "memory",
            "temporary",
            "spark",
            "hadoop",
            "spark-home",
            "store");
    assertThat(found.get("checks")).noneMatch(check -> check.get("state").asText().equals("fail"));
    assertThat(found.get("checks"))
        .allMatch(c -> c.get("state").asText().equals("ok") == c.get("advice").asText().isEmpty());
  }

  @Test
  void aStoreThatCannotBeUsedFailsTheChecksAndSaysWhatToDo() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "no folder");
    assertThat(doctor("store.root=" + file)).isEqualTo(ExitCode.INPUT);
    assertThat(out).containsPattern("fail store +Cannot .*file").contains("-> set store.root");
    assertThat(doctor("store.rot=x")).isEqualTo(ExitCode.USAGE);
  }

  @Test
  void anS3StoreIsProvedAndItsClockRead() throws IOException {
    try (LocalObjectStore server =
        LocalObjectStore.start(Installation.home().orElseThrow(), folder.resolve("s3"), "bucket")) {
      String secret = server.settings().secretKey().reveal();
      ExitCode code =
          doctor(
              "--json",
              "store.root=s3a://bucket/pre",
              "store.s3.endpoint=" + server.settings().endpoint(),
              "store.s3.access-key=" + server.settings().accessKey().reveal(),
              "store.s3.secret-key=" + secret);
      assertThat(code).as(out).isEqualTo(ExitCode.DONE);
      assertThat(out)
          .contains("s3a://bucket/pre reads, writes, and creates a record only once")
          .doesNotContain(secret);
      assertThat(ClockCheck.of(URI.create(server.settings().endpoint())))
          .hasValueSatisfying(f -> assertThat(f.state()).isEqualTo(Finding.State.OK));
    }
  }

  @ParameterizedTest
  @CsvSource({"0, OK", "-59, OK", "61, WARN", "-899, WARN", "900, FAIL", "-3600, FAIL"})
  void theClockIsHeldAgainstWhatS3Refuses(long seconds, Finding.State state) {
    assertThat(ClockCheck.skew(Duration.ofSeconds(seconds)).state()).isEqualTo(state);
  }

  @ParameterizedTest
  @CsvSource({
    "3.4.2, OK",
    "3.4.3, OK",
    "3.10.0, OK",
    "4.0.0-beta, OK",
    "3.4.1, FAIL",
    "3.3.6, FAIL",
    "unknown, FAIL"
  })
  void hadoopMustHaveConditionalWritesWhereS3IsUsed(String version, Finding.State state) {
    assertThat(ClusterChecks.hadoop(version, true).state()).isEqualTo(state);
    assertThat(ClusterChecks.hadoop(version, false).state()).isEqualTo(Finding.State.OK);
  }

  @ParameterizedTest
  @CsvSource({
    "spark-core_2.12-3.5.1.jar, OK",
    "spark-core_2.12-3.4.4.jar, FAIL",
    "spark-core_2.13-3.5.1.jar, FAIL",
    "spark-core_2.13-4.0.1.jar, OK",
    "spark-core_2.13-4.3.0.jar, OK",
    "spark-core_2.13-4.9.0.jar, WARN",
    "spark-core_2.12-4.0.1.jar, FAIL",
    "spark-core_2.13-5.0.0.jar, FAIL",
    "other.jar, WARN"
  })
  void theSparkOfSparkHomeMustBeOneThatIsTried(String jar, Finding.State state) throws IOException {
    Path submit = Files.createDirectories(folder.resolve("bin")).resolve("spark-submit");
    assertThat(ClusterChecks.sparkHome(Optional.of(folder.toString())).state())
        .isEqualTo(Finding.State.FAIL);
    assertThat(Files.createFile(submit).toFile().setExecutable(true)).isTrue();
    Files.createFile(Files.createDirectories(folder.resolve("jars")).resolve(jar));
    assertThat(ClusterChecks.sparkHome(Optional.of(folder.toString())).state()).isEqualTo(state);
    assertThat(ClusterChecks.sparkHome(Optional.empty()).state()).isEqualTo(Finding.State.OK);
  }

  @Test
  void aTemporaryFolderMustBeWritable() {
    assertThat(MachineChecks.temporary(folder.resolve("none")).state())
        .isEqualTo(Finding.State.FAIL);
    assertThat(folder).isEmptyDirectory();
  }
}
