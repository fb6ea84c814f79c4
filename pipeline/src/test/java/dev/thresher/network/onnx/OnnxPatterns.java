package dev.thresher.network.onnx;

import static dev.thresher.network.onnx.OnnxModel.OPEN;
import static dev.thresher.network.onnx.OnnxModel.ints;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thresher.network.Graph;
import dev.thresher.network.NetworkReader;
import dev.thresher.network.SlowNetwork;
import dev.thresher.testing.OnnxOracle;
import java.util.OptionalInt;
import java.util.Random;

/** Every pattern that exporters write must give the logits that ONNX Runtime gives. */
final class OnnxPatterns {
  /** Rows and columns of the images. */
  static final int SIZE = 9;

  private static final long SEED = 11;

  private OnnxPatterns() {}

  /** A model whose tensor c, [1, 8, 5, 5], is a first convolution's. */
  static OnnxModel stem(int opset) {
    return OnnxModel.opset(opset)
        .input("x", OPEN, 3, SIZE, SIZE)
        .weights("w0", 8, 3, 3, 3)
        .weights("b0", 8)
        .node("Conv", "x,w0,b0", "c", ints("pads", 1, 1, 1, 1), ints("strides", 2, 2));
  }

  static void assertLogitsAreThoseOfOnnxRuntime(OnnxModel model) {
    float[] image = image();
    assertClose(
        SlowNetwork.logits(read(model), image),
        OnnxOracle.run(model.bytes(), image, 1, 3, SIZE, SIZE));
  }

  static Graph read(OnnxModel model) {
    return NetworkReader.read(model.bytes(), "test.onnx", OptionalInt.of(SIZE)).graph();
  }

  static float[] image() {
    Random random = new Random(SEED);
    float[] image = new float[3 * SIZE * SIZE];
    for (int i = 0; i < image.length; i++) {
      image[i] = random.nextFloat() * 2 - 1;
    }
    return image;
  }

  static void assertClose(float[] actual, float[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i]).as("logit %d, seed %d", i, SEED).isCloseTo(expected[i], within(1e-4f));
    }
  }
}
