package dev.thresher.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.thresher.device.IntegerReference;
import dev.thresher.engine.Engines;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.engine.Rounding;
import dev.thresher.engine.RoundingCodec;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.ThresholdedNetworkCodec;
import dev.thresher.export.QuantizedModelFiles;
import dev.thresher.export.QuantizedModelReader;
import dev.thresher.image.Normalization;
import dev.thresher.image.PreparedImage;
import dev.thresher.quantize.Quantizer;
import dev.thresher.sample.PreparedParts;
import dev.thresher.sample.SampleManifest;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Assumptions;

/** The files of a finished run, in the runtimes that users run, on its validation images. */
final class ExportedRun {
  /** Share of images that may get another class. */
  private static final double DIFFERING = 0.005;

  /** Steps of the output that a logit may be away. */
  private static final int STEPS = 2;

  private final Path run;
  private final Quantizer grid;
  private final int side;

  /** Normalised, [H, W, C]. */
  private final List<float[]> images = new ArrayList<>();

  /** What the run was judged by, for each image. */
  private final List<float[]> logits = new ArrayList<>();

  private ExportedRun(Path run, IntegerNetwork network, PreparedParts parts, int count) {
    this.run = run;
    this.grid = network.quantizer(network.graph().output());
    this.side = network.graph().inputShape().height();
    Normalization normalization = new Normalization(parts.manifest().preprocessing());
    try (QuantizedPass pass = Engines.select("auto").quantizedPass(network, 1)) {
      for (PreparedImage image : parts.first(count)) {
        float[] values = new float[Normalization.size(image)];
        normalization.write(image, values, 0);
        float[] out = new float[network.graph().classes()];
        pass.logits(values, 1, out);
        images.add(values);
        logits.add(out);
      }
    }
  }

  /** Computes the first images of a run again, as its evaluation did. */
  static ExportedRun of(Path run, int count) throws IOException {
    ThresholdedNetwork network =
        ThresholdedNetworkCodec.decode(
            Files.readAllBytes(run.resolve("calibrate/thresholded.network")));
    float[] scales = new float[network.layout().size()];
    ByteBuffer.wrap(Files.readAllBytes(run.resolve("finetune/scales.f32")))
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(scales);
    Rounding rounding =
        RoundingCodec.decode(Files.readAllBytes(run.resolve("finetune/weights.rounding")));
    return new ExportedRun(
        run, IntegerNetwork.of(network, scales, rounding), validation(run), count);
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

  int images() {
    return images.size();
  }

  /** ONNX Runtime on model.onnx: classes and logits. */
  void checkOnnxRuntime() throws IOException, OrtException {
    List<float[]> theirs = new ArrayList<>();
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(1);
      // Without VNNI, the default kernels saturate 16-bit sums.
      options.addConfigEntry("session.x64quantprecision", "1");
      OrtEnvironment environment = OrtEnvironment.getEnvironment();
      byte[] onnx = Files.readAllBytes(run.resolve("model/model.onnx"));
      try (OrtSession session = environment.createSession(onnx, options)) {
        for (float[] image : images) {
          theirs.add(logits(environment, session, image));
        }
      }
    }
    assertThat(compare("ONNX Runtime", theirs)).isLessThanOrEqualTo(STEPS);
  }

  /** Of one image, [H, W, C]; the file wants [1, C, H, W]. */
  private float[] logits(OrtEnvironment environment, OrtSession session, float[] image)
      throws OrtException {
    float[] planes = new float[image.length];
    for (int i = 0; i < image.length; i++) {
      planes[i % 3 * side * side + i / 3] = image[i];
    }
    long[] shape = {1, 3, side, side};
    try (OnnxTensor tensor = OnnxTensor.createTensor(environment, FloatBuffer.wrap(planes), shape);
        OrtSession.Result result = session.run(Map.of("input", tensor))) {
      return ((float[][]) result.get(0).getValue())[0];
    }
  }

  /** LiteRT on model.tflite: the bytes of the integer reference, and the classes of the run. */
  void checkLiteRt(Path folder) throws IOException, InterruptedException {
    IntegerReference reference =
        IntegerReference.of(
            QuantizedModelReader.read(
                new QuantizedModelFiles(
                    Files.readAllBytes(run.resolve("model/model.json")),
                    Files.readAllBytes(run.resolve("model/model.bin")))));
    ByteArrayOutputStream in = new ByteArrayOutputStream();
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    for (float[] image : images) {
      in.writeBytes(reference.quantize(image));
      expected.writeBytes(reference.codes(image));
    }
    Files.copy(run.resolve("model/model.tflite"), folder.resolve("run.tflite"));
    Files.write(folder.resolve("run.input"), in.toByteArray());
    python("litert.py", folder);
    byte[] devices = Files.readAllBytes(folder.resolve("run.reference"));
    compare("LiteRT's reference kernels", decoded(devices));
    assertThat(devices).isEqualTo(expected.toByteArray());
    List<float[]> optimized = decoded(Files.readAllBytes(folder.resolve("run.default")));
    double steps = compare("LiteRT", optimized);
    assertThat(steps).isLessThan(8);
  }

  private List<float[]> decoded(byte[] codes) {
    int classes = logits.get(0).length;
    List<float[]> decoded = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      float[] image = new float[classes];
      for (int k = 0; k < classes; k++) {
        image[k] = grid.dequantize(codes[i * classes + k] + 128);
      }
      decoded.add(image);
    }
    return decoded;
  }

  /** onnx.checker with shape inference. */
  void checkOnnxFile() throws IOException, InterruptedException {
    python("check_onnx.py", run.resolve("model/model.onnx"), run.resolve("model/aimet.onnx"));
  }

  /** Prints how far the logits are from the run's, and answers the largest distance in steps. */
  private double compare(String runtime, List<float[]> theirs) {
    int differing = 0;
    float farthest = 0;
    for (int i = 0; i < theirs.size(); i++) {
      float[] ours = logits.get(i);
      // Ties of the grid are no difference: both are first.
      differing += ours[argMax(theirs.get(i))] < ours[argMax(ours)] ? 1 : 0;
      for (int k = 0; k < ours.length; k++) {
        farthest = Math.max(farthest, Math.abs(ours[k] - theirs.get(i)[k]));
      }
    }
    System.out.printf(
        "%s: %d of %d arg-max differ, logits at most %.2f output steps apart%n",
        runtime, differing, theirs.size(), farthest / grid.scale());
    if (!runtime.contains("reference")) {
      assertThat(differing).isLessThanOrEqualTo((int) Math.ceil(DIFFERING * theirs.size()));
    }
    return farthest / grid.scale();
  }

  static int argMax(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }

  /** Runs a script of the pipeline's tests; skips where THRESHER_PYTHON is not set. */
  private static void python(String script, Path... arguments)
      throws IOException, InterruptedException {
    String interpreter = System.getenv("THRESHER_PYTHON");
    Assumptions.assumeTrue(
        interpreter != null, "skipped: THRESHER_PYTHON names no Python with LiteRT and onnx");
    Path scripts = Path.of(System.getProperty("thresher.root"), "pipeline/src/test/python");
    List<String> command =
        new ArrayList<>(List.of(interpreter, scripts.resolve(script).toString()));
    Arrays.stream(arguments).map(Path::toString).forEach(command::add);
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(() -> command + "\n" + said).isZero();
  }
}
