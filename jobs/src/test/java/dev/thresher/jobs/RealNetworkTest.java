package dev.thresher.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.thresher.engine.Engines;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.ThresholdedNetworkCodec;
import dev.thresher.evaluate.Summary;
import dev.thresher.image.Normalization;
import dev.thresher.image.PreparedImage;
import dev.thresher.jobs.Workplace.Outcome;
import dev.thresher.sample.PreparedParts;
import dev.thresher.sample.SampleManifest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A real network on real photographs: what the run says of it, and what its users' runtime does.
 */
class RealNetworkTest {
  private static final int IMAGES = 120;
  private static final int CLASSES = 1000;
  private static final int SIDE = 224;

  @TempDir Path folder;

  @Test
  void theExportedFileGivesTheClassesThatTheRunWasJudgedBy() throws IOException, OrtException {
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
            "calibrate.images=48");
    assertThat(outcome.code()).as(outcome::toString).isEqualTo(ExitCode.DONE);
    Path run = place.run("v1");
    Summary summary = Summary.parse(Files.readAllBytes(run.resolve("summary.json")));
    assertThat(summary.imagesEvaluated()).isEqualTo(IMAGES);
    assertThat(summary.floatTop1().orElseThrow()).isBetween(55.0, 80.0);
    assertThat(summary.agreement().orElseThrow()).isBetween(65.0, 95.0);
    compare(run, summary);
  }

  private Path list(Path data, String name, int images) throws IOException {
    List<String> lines =
        Files.readAllLines(data.resolve("images").resolve(name)).stream()
            .limit(images)
            .map(line -> data.resolve("images") + "/" + line)
            .toList();
    return Files.write(folder.resolve(name), lines);
  }

  private static void compare(Path run, Summary summary) throws IOException, OrtException {
    ThresholdedNetwork thresholded =
        ThresholdedNetworkCodec.decode(
            Files.readAllBytes(run.resolve("calibrate/thresholded.network")));
    IntegerNetwork network = IntegerNetwork.of(thresholded, thresholded.initialScales());
    String logits = network.graph().output();
    PreparedParts parts = validation(run);
    Normalization normalization = new Normalization(parts.manifest().preprocessing());
    float[] ours = new float[CLASSES];
    int differing = 0;
    int right = 0;
    float farthest = 0;
    try (QuantizedPass pass = Engines.select("auto").quantizedPass(network, 1);
        Exported runtime = new Exported(Files.readAllBytes(run.resolve("model/model.onnx")))) {
      for (PreparedImage image : parts.first(IMAGES)) {
        float[] values = new float[Normalization.size(image)];
        normalization.write(image, values, 0);
        pass.logits(values, 1, ours);
        float[] theirs = runtime.logits(values);
        int best = argMax(theirs);
        // Ties of the grid are no difference: both are first.
        differing += ours[best] < ours[argMax(ours)] ? 1 : 0;
        right += best == image.label() ? 1 : 0;
        for (int k = 0; k < CLASSES; k++) {
          farthest = Math.max(farthest, Math.abs(ours[k] - theirs[k]));
        }
      }
    }
    float step = network.quantizer(logits).scale();
    System.out.printf(
        "ONNX Runtime: %d of %d arg-max differ, logits at most %.2f output steps apart%n",
        differing, IMAGES, farthest / step);
    assertThat(differing).isLessThanOrEqualTo(1);
    double top1 = summary.quantizedTop1().orElseThrow();
    assertThat(100.0 * right / IMAGES).isBetween(top1 - 1, top1 + 1);
  }

  private static PreparedParts validation(Path run) throws IOException {
    Path sample = run.resolve("sample/validation");
    String json = Files.readString(sample.resolve("manifest.json"), UTF_8);
    return new PreparedParts(
        SampleManifest.parse(json, "manifest.json"),
        part -> {
          try {
            return Files.readAllBytes(sample.resolve(part.name()));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private static int argMax(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }

  /** The exported file in the runtime that users run, image by image. */
  private static final class Exported implements AutoCloseable {
    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final OrtSession session;

    Exported(byte[] onnx) throws OrtException {
      try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
        options.setIntraOpNumThreads(1);
        // Without VNNI, the default kernels saturate 16-bit sums.
        options.addConfigEntry("session.x64quantprecision", "1");
        session = environment.createSession(onnx, options);
      }
    }

    /** Of one image, [H, W, C]; the file wants [1, C, H, W]. */
    float[] logits(float[] image) throws OrtException {
      float[] planes = new float[image.length];
      for (int i = 0; i < image.length; i++) {
        planes[i % 3 * SIDE * SIDE + i / 3] = image[i];
      }
      long[] shape = {1, 3, SIDE, SIDE};
      String input = session.getInputNames().iterator().next();
      try (OnnxTensor tensor =
              OnnxTensor.createTensor(environment, FloatBuffer.wrap(planes), shape);
          OrtSession.Result result = session.run(Map.of(input, tensor))) {
        return ((float[][]) result.get(0).getValue())[0];
      }
    }

    @Override
    public void close() throws OrtException {
      session.close();
    }
  }
}
