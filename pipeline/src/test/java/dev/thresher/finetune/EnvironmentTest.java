package dev.thresher.finetune;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.engine.Engine;
import dev.thresher.engine.Engines;
import dev.thresher.engine.RoundingCodec;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.finetune.Samples.Data;
import dev.thresher.finetune.Samples.Pixels;
import dev.thresher.network.Graph;
import dev.thresher.quantize.Scheme;
import dev.thresher.testing.ChildJvm;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the libraries of a training read of the environment changes none of its bytes. */
@Tag("slow")
class EnvironmentTest {
  private static final String THREADS = "OMP_NUM_THREADS";

  /** By what they are about: variables that OpenMP, oneDNN, ND4J and the BLAS libraries read. */
  private static Map<String, Map<String, String>> environments() {
    Map<String, Map<String, String>> all = new LinkedHashMap<>();
    all.put("one thread", Map.of(THREADS, "1"));
    all.put(
        "two threads, and as many of others",
        Map.of(
            THREADS,
            "2",
            "OMP_DYNAMIC",
            "true",
            "OPENBLAS_NUM_THREADS",
            "2",
            "GOTO_NUM_THREADS",
            "2",
            "MKL_NUM_THREADS",
            "2",
            "MKL_DYNAMIC",
            "FALSE",
            "BLIS_NUM_THREADS",
            "2",
            "SD_MAX_THREADS",
            "4",
            "SD_MASTER_THREADS",
            "3"));
    all.put(
        "many threads",
        Map.of(
            THREADS,
            "7",
            "OMP_NESTED",
            "true",
            "OMP_MAX_ACTIVE_LEVELS",
            "4",
            "OMP_SCHEDULE",
            "dynamic,1",
            "OMP_WAIT_POLICY",
            "passive",
            "OMP_STACKSIZE",
            "4M",
            "GOMP_SPINCOUNT",
            "0",
            "OMP_CANCELLATION",
            "true"));
    all.put(
        "places, and other arithmetic",
        Map.of(
            "OMP_PROC_BIND", "true",
            "OMP_PLACES", "threads",
            "OMP_THREAD_LIMIT", "3",
            "ONEDNN_DEFAULT_FPMATH_MODE", "ANY",
            "DNNL_DEFAULT_FPMATH_MODE", "BF16"));
    all.put(
        "affinity, and what oneDNN keeps",
        Map.of(
            "GOMP_CPU_AFFINITY", "0",
            "KMP_AFFINITY", "compact",
            "KMP_BLOCKTIME", "0",
            "ONEDNN_PRIMITIVE_CACHE_CAPACITY", "0",
            "ONEDNN_JIT_PROFILE", "0",
            "ONEDNN_VERBOSE", "0",
            "ONEDNN_CPU_ISA_HINTS", "PREFER_YMM"));
    return all;
  }

  @Test
  void trainingGivesTheSameBytesInEveryEnvironment(@TempDir Path folder) throws Exception {
    byte[] bytes = train(folder, "none", Map.of());
    for (Map.Entry<String, Map<String, String>> environment : environments().entrySet()) {
      assertThat(train(folder, environment.getKey(), environment.getValue()))
          .as("%s", environment)
          .isEqualTo(bytes);
    }
  }

  private static byte[] train(Path folder, String name, Map<String, String> environment)
      throws IOException, InterruptedException {
    Path own = Files.createDirectories(folder.resolve(name));
    Path result = own.resolve("result");
    Map<String, String> all = new LinkedHashMap<>(environment);
    // The build sets it for tests.
    all.putIfAbsent(THREADS, "");
    ChildJvm.run(own, List.of("-Xmx512m"), all, Training.class, result.toString());
    return Files.readAllBytes(result);
  }

  /** Trains a network and chooses its integers; the file holds all that results. */
  static final class Training {
    public static void main(String[] arguments) throws IOException {
      Engine engine = Engines.select("onednn");
      Graph graph = Samples.wideGraph(3);
      Pixels pixels = Pixels.of(5, 18, 14);
      ThresholdedNetwork network = Samples.thresholded(graph, pixels, Scheme.SYMMETRIC, engine);
      Data data = Data.of(graph, pixels, engine);
      FineTuneSettings settings =
          new FineTuneSettings(
              1.5,
              8,
              2,
              3,
              new CosineRestarts(0.01, 1e-4, 1e-7, 7),
              Distillation.ROOT_MEAN_SQUARE,
              16,
              0,
              16,
              17);
      FineTunedNetwork tuned =
          FineTuner.finetune(
              network,
              data,
              Samples.NORMALIZER,
              settings,
              () -> engine,
              Optional.empty(),
              FineTuneListener.NONE);
      float[] scales = tuned.scales();
      byte[] rounding = RoundingCodec.encode(tuned.rounding());
      ByteBuffer bytes = ByteBuffer.allocate(scales.length * Float.BYTES + rounding.length);
      for (float scale : scales) {
        bytes.putFloat(scale);
      }
      Files.write(Path.of(arguments[0]), bytes.put(rounding).array());
    }
  }
}
