package dev.thresher.network.onnx;

import static dev.thresher.network.onnx.OnnxModel.OPEN;
import static dev.thresher.network.onnx.OnnxModel.real;
import static dev.thresher.network.onnx.OnnxModel.value;
import static dev.thresher.network.onnx.OnnxPatterns.SIZE;
import static dev.thresher.network.onnx.OnnxPatterns.assertLogitsAreThoseOfOnnxRuntime;
import static dev.thresher.network.onnx.OnnxPatterns.stem;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.stream.Stream;
import onnx.Onnx.TensorProto;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Activations, normalizations and what exporters add, multiply and clip around them. */
class OnnxElementwiseTest {
  @ParameterizedTest(name = "{0}")
  @MethodSource({"activations", "affine"})
  void logitsAreThoseOfOnnxRuntime(String name, OnnxModel model) {
    assertLogitsAreThoseOfOnnxRuntime(model);
  }

  static Stream<Arguments> activations() {
    return Stream.of(
        arguments(
            "batch normalization, relu",
            stem(9)
                .weights("g", 8)
                .weights("b", 8)
                .weights("m", 8)
                .floats("v", new long[] {8}, 1, 2, 3, 4, .5f, .25f, 1, 1)
                .node("BatchNormalization", "c,g,b,m,v", "n", real("epsilon", 1e-3f))
                .node("Relu", "n", "r")
                .head("r")),
        arguments(
            "clip by attributes",
            stem(9).node("Clip", "c", "r", real("min", 0), real("max", .2f)).head("r")),
        arguments("clip, no attributes", stem(10).node("Clip", "c", "r").head("r")),
        arguments(
            "clip by inputs",
            stem(11).scalar("lo", 0).scalar("hi", .2f).node("Clip", "c,lo,hi", "r").head("r")),
        arguments(
            "clip without minimum",
            stem(13).scalar("hi", .2f).node("Clip", "c,,hi", "r").head("r")),
        arguments(
            "clip without maximum",
            stem(13).scalar("lo", -.1f).node("Clip", "c,lo", "r").head("r")),
        arguments(
            "clip by constant nodes",
            stem(21)
                .node("Constant", "", "lo", real("value_float", 0))
                .node(
                    "Constant",
                    "",
                    "hi",
                    value(TensorProto.newBuilder().setDataType(1).addFloatData(.2f).build()))
                .node("Clip", "c,lo,hi", "r")
                .head("r")),
        arguments(
            "min of max",
            stem(13)
                .scalar("lo", 0)
                .scalar("hi", .2f)
                .node("Max", "c,lo", "p")
                .node("Min", "hi,p", "r")
                .head("r")),
        arguments(
            "relu of a shared tensor",
            stem(13).node("Relu", "c", "r").node("Add", "r,c", "s").head("s")),
        arguments(
            "residual, then relu",
            stem(13)
                .weights("w1", 8, 8, 1, 1)
                .node("Conv", "c,w1", "d")
                .node("Add", "c,d", "s")
                .node("Relu", "s", "r")
                .head("r")),
        arguments("sum with itself", stem(13).node("Add", "c,c", "s").head("s")));
  }

  static Stream<Arguments> affine() {
    return Stream.of(
        arguments(
            "bias added per channel",
            stem(13)
                .weights("k", 1, 8, 1, 1)
                .node("Add", "k,c", "s")
                .node("Relu", "s", "r")
                .head("r")),
        arguments(
            "scale and shift",
            stem(13)
                .weights("k", 8, 1, 1)
                .weights("h", 8, 1, 1)
                .node("Mul", "c,k", "p")
                .node("Add", "p,h", "s")
                .node("Relu", "s", "r")
                .head("r")),
        arguments(
            "scalars, subtracted and divided",
            stem(13)
                .scalar("k", .3f)
                .scalar("h", 2)
                .node("Sub", "c,k", "p")
                .node("Div", "p,h", "s")
                .node("Sub", "k,s", "r")
                .head("r")),
        arguments(
            "normalization, then scale",
            stem(13)
                .weights("k", 8, 1, 1)
                .floats("v", new long[] {8}, 1, 2, 3, 4, .5f, .25f, 1, 1)
                .node("BatchNormalization", "c,b0,b0,b0,v", "n")
                .node("Mul", "n,k", "s")
                .head("s")),
        arguments(
            "shift after an activation",
            stem(13)
                .weights("k", 8, 1, 1)
                .node("Relu", "c", "r")
                .node("Add", "r,k", "s")
                .head("s")),
        arguments(
            "images scaled inside",
            OnnxModel.opset(13)
                .input("x", OPEN, 3, SIZE, SIZE)
                .floats("k", new long[] {1, 3, 1, 1}, .5f, 2, 1)
                .weights("w", 8, 3, 3, 3)
                .node("Mul", "x,k", "y")
                .node("Conv", "y,w", "c")
                .head("c")));
  }
}
