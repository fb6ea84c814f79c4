package dev.thresher.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import dev.thresher.jobs.Workplace.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of a small trained network, in the runtimes that users run. */
@Tag("slow")
class ExportedFilesTest {
  @TempDir static Path folder;

  private static ExportedRun run;

  @BeforeAll
  static void run() throws IOException {
    Workplace place = Workplace.in(folder);
    Outcome outcome = place.thresher("run", "--run", "small", "evaluate.layer-images=0");
    assertThat(outcome.code()).as(outcome::toString).isEqualTo(ExitCode.DONE);
    assertThat(outcome.out()).contains("on a device ");
    run = ExportedRun.of(place.run("small"), Workplace.CLASSES);
    assertThat(run.images()).isEqualTo(Workplace.CLASSES);
  }

  @Test
  void onnxRuntimeGivesTheClassesThatTheRunWasJudgedBy() throws IOException, OrtException {
    run.checkOnnxRuntime();
  }

  @Test
  void litertGivesTheBytesOfTheIntegerReference(@TempDir Path scratch) throws Exception {
    run.checkLiteRt(scratch);
  }

  @Test
  void onnxFilesPassTheFullChecks() throws Exception {
    run.checkOnnxFile();
  }
}
