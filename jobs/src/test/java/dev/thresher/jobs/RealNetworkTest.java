package dev.thresher.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import dev.thresher.evaluate.Summary;
import dev.thresher.jobs.Workplace.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real network on real photographs: what the run says of it, and what its users' runtimes do. */
@Tag("slow")
class RealNetworkTest {
  private static final int IMAGES = 120;
  private static final int DEVICE_IMAGES = 60;

  @TempDir static Path folder;

  private static Path run;

  @BeforeAll
  static void run() throws IOException {
    Path data = Path.of(System.getProperty("thresher.root")).resolveSibling("shared/data");
    Path model = data.resolve("models/mobilenet_v1_0.25_224_bn.onnx");
    Assumptions.assumeTrue(
        Files.exists(model), "skipped: ../shared/data/models is absent beside the project");
    Workplace place = Workplace.in(folder);
    Outcome outcome =
        place.thresher(
            "run",
            "--run",
            "v1",
            "model.path=" + model,
            "model.preprocessing=imagenet-minus-one-to-one",
            "data.train=" + list(data, "train.txt", 48),
            "data.validation=" + list(data, "val.txt", IMAGES),
            "data.labels=" + data.resolve("images/synset_words.txt"),
            "finetune.epochs=0",
            "sample.part-images=16",
            "calibrate.images=48",
            "evaluate.device-images=" + DEVICE_IMAGES);
    assertThat(outcome.code()).as(outcome::toString).isEqualTo(ExitCode.DONE);
    run = place.run("v1");
  }

  private static Path list(Path data, String name, int images) throws IOException {
    List<String> lines =
        Files.readAllLines(data.resolve("images").resolve(name)).stream()
            .limit(images)
            .map(line -> data.resolve("images") + "/" + line)
            .toList();
    return Files.write(folder.resolve(name), lines);
  }

  @Test
  void theSummaryHasFiguresOfARealNetwork() throws IOException {
    Summary summary = Summary.parse(Files.readAllBytes(run.resolve("summary.json")));
    assertThat(summary.imagesEvaluated()).isEqualTo(IMAGES);
    assertThat(summary.floatTop1().orElseThrow()).isBetween(55.0, 80.0);
    assertThat(summary.agreement().orElseThrow()).isBetween(80.0, 99.5);
    // Of the float network itself it would be 0.
    assertThat(summary.logitRmse().orElseThrow()).isBetween(0.15, 0.6);
    assertThat(summary.device().images()).isEqualTo(DEVICE_IMAGES);
    assertThat(summary.device().sameClass().orElseThrow()).isGreaterThan(85);
    assertThat(summary.device().agreement().orElseThrow()).isGreaterThan(75);
  }

  @Test
  void onnxRuntimeGivesTheClassesThatTheRunWasJudgedBy() throws IOException, OrtException {
    ExportedRun.of(run, IMAGES).checkOnnxRuntime();
  }

  @Test
  void litertGivesTheBytesOfTheIntegerReference(@TempDir Path scratch) throws Exception {
    ExportedRun.of(run, DEVICE_IMAGES).checkLiteRt(scratch);
  }
}
