package dev.thresher.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** How the command behaves towards shells, terminals and collectors of logs. */
class ShellTest {
  @TempDir Path folder;

  private static String printed(String... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream stream = new PrintStream(out, true, UTF_8);
    assertThat(Main.run(words, Stages.all(), stream, stream)).isEqualTo(ExitCode.DONE);
    return out.toString(UTF_8);
  }

  /** What a shell offers for the words, the last of which is being typed. */
  private List<String> completed(String shell, String... words) throws Exception {
    Path script = Files.writeString(folder.resolve("completion"), printed("completion"));
    String program =
        "source '%s'; COMP_WORDS=(%s); COMP_CWORD=%d; _complete_thresher 2> /dev/null; printf '%%s\\n' \"${COMPREPLY[@]}\""
            .formatted(script, String.join(" ", words), words.length - 1);
    Process process =
        new ProcessBuilder(shell, "--norc", "-c", program).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(said).isZero();
    return said.lines().map(String::strip).toList();
  }

  @Test
  void bashCompletesJobsAndTheirOptions() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "there is no /bin/bash");
    assertThat(completed("bash", "deploy/thresher", "publ"))
        .containsExactly("publish", "published");
    assertThat(completed("bash", "deploy/thresher", "rollback", "--n"))
        .containsExactly("--network");
    assertThat(completed("bash", "deploy/thresher", "run", "--"))
        .contains("--run", "--set", "--conf", "--json", "--dry-run", "--master")
        .doesNotContain("--repair");
  }

  @Test
  void everyJobThatPrintsAResultPrintsJson() {
    for (String job :
        List.of(
            "quickstart",
            "run",
            "sample",
            "calibrate",
            "finetune",
            "export",
            "evaluate",
            "report",
            "ablate",
            "bench",
            "doctor",
            "fsck",
            "publish",
            "rollback",
            "published")) {
      assertThat(printed(job, "--help")).as(job).contains("--json").doesNotContain("\u001b");
    }
  }

  @ParameterizedTest
  @CsvSource({"'', xterm-256color, true", "1, xterm, false", "'', dumb, false", "0, xterm, false"})
  void coloursAreForTerminalsThatWantThem(String noColor, String terminal, boolean coloured) {
    assertThat(Terminal.mayColour(Map.of("NO_COLOR", noColor, "TERM", terminal)))
        .isEqualTo(coloured);
  }

  @Test
  void withoutATerminalNothingIsColouredAndNothingReturnsTheCarriage() throws Exception {
    Driver help = Driver.start(folder.resolve("log"), null, List.of(), List.of("--help"));
    assertThat(help.end()).isZero();
    assertThat(help.said()).contains("doctor").doesNotContain("\u001b").doesNotContain("\r");
  }

  @Test
  void linesBecomeJsonWhereItIsAskedFor() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    PrintStream lines = JsonLines.to(new PrintStream(bytes, true, UTF_8));
    lines.println("sample: \"é\" 1/2");
    lines.print("thresher: Cannot\r\n\n");
    List<String> printed = bytes.toString(UTF_8).lines().toList();
    assertThat(printed).hasSize(2);
    JsonNode first = new ObjectMapper().readTree(printed.get(0));
    assertThat(first.get("message").asText()).isEqualTo("sample: \"é\" 1/2");
    assertThat(first.get("log.level").asText()).isEqualTo("INFO");
    assertThat(new ObjectMapper().readTree(printed.get(1)).get("log.level").asText())
        .isEqualTo("ERROR");
    assertThat(JsonLines.isAskedFor(Map.of(JsonLines.VARIABLE, "json"))).isTrue();
    assertThat(JsonLines.isAskedFor(Map.of())).isFalse();
  }

  @Test
  void whatIsLoggedBecomesJsonToo() throws Exception {
    ProcessBuilder java =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Logs.class.getName());
    java.environment().put(JsonLines.VARIABLE, "json");
    Process process = java.redirectErrorStream(true).start();
    List<String> lines =
        new String(process.getInputStream().readAllBytes(), UTF_8).lines().toList();
    assertThat(process.waitFor()).as(lines::toString).isZero();
    assertThat(lines).hasSize(1);
    JsonNode event = new ObjectMapper().readTree(lines.get(0));
    assertThat(event.get("message").asText()).isEqualTo("two\n\"lines\"");
    assertThat(event.get("log.level").asText()).isEqualTo("WARN");
    assertThat(event.get("log.logger").asText()).isEqualTo("a.logger");
    assertThat(event.get("@timestamp").asText()).matches("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z");
    assertThat(event.get("error.stack_trace").asText()).contains("IllegalStateException: why");
  }

  /** Logs one event with an exception. */
  static final class Logs {
    private Logs() {}

    public static void main(String[] arguments) {
      org.slf4j.LoggerFactory.getLogger("a.logger")
          .warn("two\n\"lines\"", new IllegalStateException("why"));
    }
  }
}
