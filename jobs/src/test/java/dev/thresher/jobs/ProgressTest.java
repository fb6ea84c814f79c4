package dev.thresher.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProgressTest {
  @Test
  void aLineSaysHowFarHowFastAndHowLong() {
    assertThat(Progress.line("sample", 320, 1000, "images", 8))
        .isEqualTo("sample     320/1000 images  40.0 images/s  0:17 left");
    assertThat(Progress.line("sample", 0, 1000, "images", 8)).isEqualTo("sample     0/1000 images");
    assertThat(Progress.line("finetune", 10, 10, "rounds", 5))
        .isEqualTo("finetune   10/10 rounds  2.0 rounds/s");
  }

  @ParameterizedTest
  @CsvSource({"0, 0:00", "59, 0:59", "75, 1:15", "3599, 59:59", "3700, 1:01:40"})
  void timesAreWrittenAsClocksShowThem(long seconds, String written) {
    assertThat(Progress.clock(seconds)).isEqualTo(written);
  }

  @Test
  void linesComeWhileTheWorkGoesOnAndOnceAtItsEndWithoutControlCharacters() throws Exception {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Progress progress =
        new Progress(
            new PrintStream(bytes, true, UTF_8), Duration.ofMillis(20), new RunState("r", "run"))) {
      try (Progress.Work work = progress.begin("sample", 4, "images")) {
        work.advance(1);
        work.reach(3);
        work.reach(2);
        while (!bytes.toString(UTF_8).contains("3/4")) {
          Thread.sleep(5);
        }
        work.advance(1);
      }
      assertThat(progress.timings()).singleElement().extracting("name").isEqualTo("sample");
    }
    assertThat(bytes.toString(UTF_8).lines().toList()).last().asString().contains("4/4 images");
    assertThat(bytes.toString(UTF_8)).matches("[\\x20-\\x7e\\n]*");
  }
}
