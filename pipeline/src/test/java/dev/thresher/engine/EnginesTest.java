package dev.thresher.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thresher.network.MobileNetShapes;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.ScaleLimits;
import dev.thresher.quantize.Scheme;
import dev.thresher.sample.SyntheticImages;
import dev.thresher.testing.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("slow")
class EnginesTest {
  @Test
  void takesTheEngineOfTheName() {
    assertThat(Engines.select("reference").name()).isEqualTo("reference");
    assertThat(Engines.select("onednn").name()).isEqualTo("onednn");
  }

  @Test
  void takesTheFastestThatLoads() {
    assertThat(Engines.select("auto").name()).isEqualTo("onednn");
  }

  @Test
  void namesTheChoices() {
    assertThatThrownBy(() -> Engines.select("cuda"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Cannot compute with engine cuda: auto, onednn and reference are known.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"7,3", "two", "-1", "99999999999"})
  void refusesByNameWhatND4JCannotRead(String threads) {
    assertThatThrownBy(() -> Engines.requireNumber(threads))
        .isInstanceOf(EngineUnavailableException.class)
        .hasMessageContaining("OMP_NUM_THREADS is '" + threads + "'")
        .hasMessageContaining("Unset it");
    for (String fine : new String[] {null, "", "1", "16"}) {
      Engines.requireNumber(fine);
    }
  }

  /** The library of another processor cannot be loaded here. */
  @Test
  void saysOnceWhyTheReferenceRunsWhereTheLibraryDoesNotLoad(@TempDir Path folder)
      throws IOException, InterruptedException {
    List<String> foreign = List.of("-Dorg.bytedeco.javacpp.platform=linux-ppc64le");
    ChildJvm.run(folder, foreign, Map.of(), WithoutLibrary.class);
    try (var said = Files.lines(folder.resolve("output.txt"))) {
      assertThat(said.filter(line -> line.contains("Engine: ")))
          .singleElement()
          .asString()
          .contains("Engine: reference, many times slower than onednn, because its native library")
          .contains("UnsatisfiedLinkError");
    }
  }

  /** Asks again and again. */
  static final class WithoutLibrary {
    public static void main(String[] arguments) {
      for (int i = 0; i < 3; i++) {
        assertThat(Engines.select("auto").name()).isEqualTo("reference");
        assertThatThrownBy(() -> Engines.select("onednn"))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("UnsatisfiedLinkError");
      }
    }
  }

  /** The loader of native libraries has a limit of its own, four heaps unless it is told. */
  @Test
  void plansMayTakeManyTimesTheHeap(@TempDir Path folder) throws IOException, InterruptedException {
    Map<String, String> environment = Map.of("OMP_NUM_THREADS", "1");
    ChildJvm.run(
        folder, List.of("-Xmx96m"), environment, LargePlans.class, folder.resolve("x").toString());
  }

  /** Draws a picture with OpenCV, as samples do first, then holds 740 MiB outside a heap of 96. */
  static final class LargePlans {
    private static final long MUCH = 600L << 20;

    public static void main(String[] arguments) throws IOException {
      new SyntheticImages(1, 1, 16, 1).write(Path.of(arguments[0]));
      Engine engine = Engines.select("onednn");
      ThresholdedNetwork network =
          BatchMemory.uncalibrated(
              MobileNetShapes.v2(0.35, 224, 10, 1),
              new QuantizationSpec(
                  Granularity.PER_FILTER, Scheme.SYMMETRIC, 8, 8, ScaleLimits.PAPER));
      try (TrainingPass one = engine.trainingPass(network, 48);
          TrainingPass another = engine.trainingPass(network, 48)) {
        assertThat(one.bytes() + another.bytes()).isGreaterThan(MUCH);
      }
    }
  }
}
