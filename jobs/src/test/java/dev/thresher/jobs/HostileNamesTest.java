package dev.thresher.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.jobs.Workplace.Outcome;
import dev.thresher.sample.SyntheticImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names of images that were chosen to do harm. */
@Tag("slow")
class HostileNamesTest {
  private static final int LONGEST_LINE = 4_200;
  private static final List<String> NAMES =
      List.of(
          "x".repeat(10_000) + ".JPEG",
          ("y".repeat(200) + "/").repeat(50) + "y.JPEG",
          "../../../../../../etc/passwd",
          "..",
          "/etc/passwd",
          "\u001b[2Jerased\u0007.JPEG",
          "right\u202Eto left.JPEG",
          "s3a://other/bucket.JPEG",
          "%2e%2e/%00.JPEG",
          "'; DROP TABLE images; --.JPEG");

  @TempDir static Path folder;
  private static Workplace place;

  @BeforeAll
  static void prepare() throws IOException {
    place = Workplace.in(folder);
  }

  /** What a terminal and a log get: lines of bounded length, and nothing that moves a cursor. */
  private static void isTame(Outcome outcome) {
    assertThat(outcome.code()).as(outcome::toString).isNotEqualTo(ExitCode.FAILED);
    for (String said : List.of(outcome.out(), outcome.err())) {
      assertThat(said.lines()).allSatisfy(l -> assertThat(l).hasSizeLessThan(LONGEST_LINE));
      assertThat(said.codePoints().filter(c -> c != '\n' && c != '\t'))
          .noneMatch(Character::isISOControl)
          .noneMatch(c -> Character.getType(c) == Character.FORMAT);
    }
  }

  @Test
  void namesInAListAreBadImagesAndNeverObeyed() throws IOException {
    Path good = place.path("train").resolve(SyntheticImages.wnid(0));
    StringBuilder list = new StringBuilder();
    NAMES.forEach(name -> list.append(name).append(" 1\n"));
    list.append("%s/%s_0.JPEG 0%n".formatted(good, SyntheticImages.wnid(0)));
    Outcome outcome = listed(list.toString());
    assertThat(outcome.code()).as(outcome::toString).isEqualTo(ExitCode.DONE);
    isTame(outcome);
    assertThat(outcome.err()).contains("skipped ").contains("\\u001b[2Jerased\\u0007.JPEG");
  }

  private static Outcome listed(String lines) throws IOException {
    Path list = Files.writeString(place.path("list.txt"), lines);
    return place.thresher(
        "sample",
        "data.train=" + list,
        "data.validation=",
        "data.labels=",
        "data.max-bad-fraction=0.95",
        "finetune.shards=1");
  }

  @Test
  void filesWithSuchNamesGoThroughAWholeRun() throws IOException {
    Path images = place.path("odd");
    new SyntheticImages(4, 1, 72, 3).write(images);
    Path class0 = images.resolve(SyntheticImages.wnid(0));
    Path picture = class0.resolve(SyntheticImages.wnid(0) + "_0.JPEG");
    for (String name :
        List.of(
            "\u001b[31mred\u0007\nfinetune: done.JPEG",
            "<img src=x onerror=alert(1)>.JPEG",
            "<script>alert(1).JPEG",
            "=HYPERLINK(\"x\").JPEG",
            "z".repeat(240) + ".JPEG")) {
      Files.copy(picture, class0.resolve(name));
    }
    Outcome outcome =
        place.thresher(
            "run",
            "--run",
            "odd",
            "data.train=" + images,
            "data.validation=" + images,
            "data.labels=",
            "data.max-bad-fraction=0.5",
            "finetune.shards=1");
    isTame(outcome);
    assertThat(outcome.code()).as(outcome::toString).isEqualTo(ExitCode.DONE);
    Map<String, byte[]> files = place.files("odd", "");
    assertThat(files).containsKey("report.html");
    files.entrySet().stream()
        .filter(file -> file.getKey().endsWith(".html"))
        .forEach(
            file ->
                assertThat(new String(file.getValue(), UTF_8))
                    .as(file.getKey())
                    .doesNotContain("<img src=x onerror", "<script>alert(1)"));
  }
}
