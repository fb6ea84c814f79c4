package dev.thresher.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.jobs.Workplace.Outcome;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** New runs that begin with the scales of another run's checkpoint. */
@Tag("slow")
class ForkTest {
  @TempDir static Path folder;
  private static Workplace place;

  @BeforeAll
  static void run() throws IOException {
    place = Workplace.in(folder);
    Outcome done = place.thresher("run", "--run", "a");
    assertThat(done.code()).as(done::toString).isEqualTo(ExitCode.DONE);
  }

  @Test
  void aForkWithoutTrainingStepsOfItsOwnStartsFromTheOthersScales() {
    String tiny = "finetune.learning-rate=1e-12";
    Outcome forked = place.thresher("run", "--run", "b", "--fork", "a", tiny);
    assertThat(forked.code()).as(forked::toString).isEqualTo(ExitCode.DONE);
    assertThat(forked.err()).contains("finetune: begins with the scales of a@2");
    assertThat(place.run("b").resolve("config.conf")).content().contains("finetune.fork = \"a@2\"");
    // Steps of 1e-7 move scales too little for the integers of the model to change.
    assertThat(place.files("b", "model").get("model.bin"))
        .hasSameSizeAs(place.files("a", "model").get("model.bin"));
    Outcome again = place.thresher("run", "--run", "b", "--fork", "a", tiny);
    assertThat(again.code()).as(again::toString).isEqualTo(ExitCode.DONE);
    assertThat(again.err()).contains("finetune: done before");
  }

  @Test
  void whatCannotBeForkedIsSaid() {
    Outcome other =
        place.thresher("run", "--run", "c", "--fork", "a@1", "quantize.granularity=per-tensor");
    assertThat(other.code()).as(other::toString).isEqualTo(ExitCode.INPUT);
    assertThat(other.told()).contains("Cannot resume from a state of").contains("this run trains");

    Outcome none = place.thresher("run", "--run", "d", "--fork", "nobody");
    assertThat(none.code()).as(none::toString).isEqualTo(ExitCode.INPUT);
    assertThat(none.told()).contains("Cannot fork from").contains("no checkpoint that is whole");

    Outcome malformed = place.thresher("run", "--run", "e", "--fork", "a@x");
    assertThat(malformed.told()).contains("give RUN@ROUND, the round counted from 1");

    Outcome changed = place.thresher("run", "--run", "a", "--fork", "a@1");
    assertThat(changed.code()).as(changed::toString).isEqualTo(ExitCode.USAGE);
    assertThat(changed.told()).contains("finetune.fork is");
  }
}
