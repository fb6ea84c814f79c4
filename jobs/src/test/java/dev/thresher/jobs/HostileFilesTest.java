package dev.thresher.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.jobs.Workplace.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that were made to do harm: each is refused in words. */
@Tag("slow")
class HostileFilesTest {
  private static final List<Hostile.Kind> KINDS =
      List.of(
          new HostileArchives(),
          new HostilePictures(),
          new HostilePlaces(),
          new HostileTables(),
          new HostileNetworks());

  @TempDir static Path folder;
  private static Workplace place;

  @BeforeAll
  static void prepare() throws IOException {
    place = Workplace.in(folder);
  }

  static List<Hostile> files() throws IOException {
    List<Hostile> all = new ArrayList<>();
    for (Hostile.Kind kind : KINDS) {
      all.addAll(kind.in(Files.createTempDirectory(folder, "hostile")));
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("files")
  void isRefused(Hostile file) {
    List<String> words = file.words();
    Outcome outcome =
        place.thresher(words.get(0), words.subList(1, words.size()).toArray(String[]::new));

    assertThat(outcome.code()).as(outcome::toString).isEqualTo(ExitCode.INPUT);
    assertThat(outcome.told()).as(outcome::toString).contains("Cannot ");
    assertThat(outcome.err()).doesNotContain("SECRET", "$y$", "24 79 24");
  }
}
