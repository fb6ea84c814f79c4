package dev.thresher.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.jobs.Workplace.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that somebody has changed behind Thresher's back. */
@Tag("slow")
class TamperedRunTest {
  @TempDir static Path folder;
  private static Workplace place;

  @BeforeAll
  static void prepare() throws IOException {
    place = Workplace.in(folder);
  }

  @Test
  void whatIsChangedInARunIsNamedBeforeItIsUsed() throws IOException {
    done("sample");
    changed("calibrate", "sample/train/manifest.json");
    changed("calibrate", "sample/train/part-00001.parquet");
    changed("calibrate", "stages/sample.json");
    done("calibrate");
    changed("finetune", "sample/train/part-00000.parquet");
    changed("finetune", "stages/calibrate.json");
    done("finetune");
    changed("export", "finetune/scales.f32");
    done("export");
    changed("evaluate", "sample/validation/part-00000.parquet");
    changed("evaluate", "sample/validation/manifest.json");
  }

  private static void done(String job) {
    Outcome outcome = place.thresher(job, "--run", "t");
    assertThat(outcome.code()).as(outcome::toString).isEqualTo(ExitCode.DONE);
  }

  /** With one byte of the object changed the job refuses it by its name. */
  private static void changed(String job, String key) throws IOException {
    Path file = place.run("t").resolve(key);
    byte[] whole = Files.readAllBytes(file);
    byte[] damaged = whole.clone();
    damaged[damaged.length / 2] ^= 1;
    Files.write(file, damaged);
    Outcome outcome = place.thresher(job, "--run", "t");
    assertThat(outcome.code()).as(key + " " + outcome).isEqualTo(ExitCode.DAMAGED);
    assertThat(outcome.told()).as(outcome::toString).contains(key);
    Files.write(file, whole);
  }
}
