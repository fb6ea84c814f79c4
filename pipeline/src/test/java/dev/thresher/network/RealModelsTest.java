package dev.thresher.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thresher.testing.OnnxOracle;
import dev.thresher.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Import preserves the logits of trained networks, whoever computes them. */
@Tag("slow")
class RealModelsTest {
  private static final long SEED = 20260101;

  static float[] randomImage(int values) {
    Random random = new Random(SEED);
    float[] image = new float[values];
    for (int i = 0; i < image.length; i++) {
      image[i] = random.nextFloat() * 2 - 1;
    }
    return image;
  }

  static void assertClose(float[] actual, float[] expected, double tolerance) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i])
          .as("logit %d, seed %d", i, SEED)
          .isCloseTo(expected[i], within((float) tolerance));
    }
  }

  @ParameterizedTest
  @CsvSource({
    "mobilenet_v1_0.25_224_bn.onnx, 1000",
    "mobilenet_v2_0.35_224_food101_bn.onnx, 101",
    "mobilenet_v2_1.0_224_folded.onnx, 1000",
    "mnasnet_0.5_224_folded_dequant.onnx, 1000"
  })
  void logitsAreThoseOfOnnxRuntime(String file, int classes) throws IOException {
    Path path = SharedData.require("models/" + file);
    FloatNetwork network = NetworkReader.read(path, 224);
    assertThat(network.graph().classes()).isEqualTo(classes);
    float[] image = randomImage(3 * 224 * 224);
    float[] expected = OnnxOracle.run(Files.readAllBytes(path), image, 1, 3, 224, 224);
    assertClose(SlowNetwork.logits(network.graph(), image), expected, 1e-3);
  }

  @ParameterizedTest
  @CsvSource({
    "mobilenet_v1_0.25_224.h5, mobilenet_v1_0.25_224_bn.onnx",
    "mobilenet_v2_0.35_224_food101.h5, mobilenet_v2_0.35_224_food101_bn.onnx"
  })
  void kerasFilesGiveTheLogitsOfTheirOnnxTwins(String keras, String onnx) throws IOException {
    FloatNetwork network = NetworkReader.read(SharedData.require("models/" + keras), 224);
    float[] image = randomImage(3 * 224 * 224);
    byte[] twin = Files.readAllBytes(SharedData.require("models/" + onnx));
    float[] expected = OnnxOracle.run(twin, image, 1, 3, 224, 224);
    assertClose(SlowNetwork.logits(network.graph(), image), expected, 1e-3);
  }

  @Test
  void activationsAreFusedIntoTheNodeTheyClamp() {
    Path path = SharedData.require("models/mobilenet_v1_0.25_224_bn.onnx");
    Graph graph = NetworkReader.read(path).graph();
    assertThat(graph.nodes())
        .noneMatch(node -> node.operator() instanceof Pointwise.PassThrough)
        .filteredOn(node -> node.operator() instanceof BatchNormalization)
        .hasSize(27)
        .allMatch(node -> node.activation().equals(Activation.RELU6));
    assertThat(graph.nodes().get(0).name()).isEqualTo("conv1/Conv");
  }
}
