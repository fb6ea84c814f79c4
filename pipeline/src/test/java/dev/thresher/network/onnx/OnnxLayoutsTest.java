package dev.thresher.network.onnx;

import static dev.thresher.network.onnx.OnnxModel.OPEN;
import static dev.thresher.network.onnx.OnnxModel.ints;
import static dev.thresher.network.onnx.OnnxPatterns.SIZE;
import static dev.thresher.network.onnx.OnnxPatterns.assertClose;
import static dev.thresher.network.onnx.OnnxPatterns.assertLogitsAreThoseOfOnnxRuntime;
import static dev.thresher.network.onnx.OnnxPatterns.image;
import static dev.thresher.network.onnx.OnnxPatterns.read;
import static dev.thresher.network.onnx.OnnxPatterns.stem;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.thresher.network.SlowNetwork;
import dev.thresher.testing.OnnxOracle;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Pads, open extents, the order of nodes and of axes. */
class OnnxLayoutsTest {
  @ParameterizedTest(name = "{0}")
  @MethodSource("layouts")
  void logitsAreThoseOfOnnxRuntime(String name, OnnxModel model) {
    assertLogitsAreThoseOfOnnxRuntime(model);
  }

  static Stream<Arguments> layouts() {
    return Stream.of(
        arguments(
            "pads by attribute",
            stem(9)
                .weights("w1", 8, 8, 3, 3)
                .node("Pad", "c", "p", ints("pads", 0, 0, 0, 1, 0, 0, 1, 1))
                .node("Conv", "p,w1", "d", ints("strides", 2, 2))
                .head("d")),
        arguments(
            "pads by input",
            stem(13)
                .weights("w1", 8, 8, 3, 3)
                .longs("k", 0, 0, 0, 1, 0, 0, 1, 1)
                .scalar("zero", 0)
                .node("Pad", "c,k,zero", "p")
                .node("Conv", "p,w1", "d", ints("pads", 1, 0, 0, 0))
                .head("d")),
        arguments(
            "pads by input, axes named",
            stem(18)
                .weights("w1", 8, 8, 3, 3)
                .longs("k", 0, 1, 1, 1)
                .longs("a", 2, -1)
                .node("Pad", "c,k,,a", "p")
                .node("Conv", "p,w1", "d")
                .head("d")),
        arguments(
            "image size left open",
            OnnxModel.opset(13)
                .input("x", OPEN, 3, OPEN, OPEN)
                .weights("w", 8, 3, 3, 3)
                .node("Conv", "x,w", "c")
                .head("c")),
        arguments(
            "everything left open",
            OnnxModel.opset(13)
                .input("x", OPEN, OPEN, OPEN, OPEN)
                .weights("w", 8, 3, 3, 3)
                .node("Conv", "x,w", "c")
                .head("c")),
        arguments(
            "initializers listed as inputs",
            OnnxModel.opset(9)
                .input("x", 1, 3, SIZE, SIZE)
                .input("w", 8, 3, 3, 3)
                .weights("w", 8, 3, 3, 3)
                .node("Conv", "x,w", "c")
                .head("c")),
        arguments("unused nodes", stem(13).node("Sigmoid", "c", "unused").head("c")));
  }

  @Test
  void channelsLastInputIsReadAsChannelsFirst() {
    OnnxModel model =
        OnnxModel.opset(13)
            .input("x", OPEN, SIZE, SIZE, 3)
            .weights("w", 8, 3, 3, 3)
            .weights("w1", 8, 5)
            .longs("pads", 0, 0, 0, 0, 0, 1, 1, 0)
            .node("Pad", "x,pads", "xp")
            .node("Transpose", "xp", "t", ints("perm", 0, 3, 1, 2))
            .node("Conv", "t,w", "c", ints("strides", 2, 2))
            .node("Transpose", "c", "u", ints("perm", 0, 2, 3, 1))
            .node("ReduceMean", "u", "g", ints("axes", 1, 2))
            .node("Squeeze", "g", "f")
            .longs("shape", -1, 8)
            .node("Reshape", "f,shape", "v")
            .node("MatMul", "v,w1", "y")
            .output("y");
    float[] image = image();
    float[] last = new float[image.length];
    for (int i = 0; i < image.length; i++) {
      last[i % (SIZE * SIZE) * 3 + i / (SIZE * SIZE)] = image[i];
    }
    assertClose(
        SlowNetwork.logits(read(model), image),
        OnnxOracle.run(model.bytes(), last, 1, SIZE, SIZE, 3));
  }

  @Test
  void nodesMayStandInAnyOrder() {
    OnnxModel ordered = stem(13).node("Relu", "c", "r").head("r");
    OnnxModel unordered =
        OnnxModel.opset(13)
            .node("Relu", "c", "r")
            .input("x", OPEN, 3, SIZE, SIZE)
            .weights("w0", 8, 3, 3, 3)
            .weights("b0", 8)
            .node("Conv", "x,w0,b0", "c", ints("pads", 1, 1, 1, 1), ints("strides", 2, 2))
            .head("r");
    assertThat(read(unordered).nodes()).isEqualTo(read(ordered).nodes());
  }
}
