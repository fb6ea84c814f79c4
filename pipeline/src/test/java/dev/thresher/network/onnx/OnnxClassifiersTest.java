package dev.thresher.network.onnx;

import static dev.thresher.network.onnx.OnnxModel.integer;
import static dev.thresher.network.onnx.OnnxModel.ints;
import static dev.thresher.network.onnx.OnnxModel.real;
import static dev.thresher.network.onnx.OnnxModel.value;
import static dev.thresher.network.onnx.OnnxPatterns.SIZE;
import static dev.thresher.network.onnx.OnnxPatterns.assertClose;
import static dev.thresher.network.onnx.OnnxPatterns.assertLogitsAreThoseOfOnnxRuntime;
import static dev.thresher.network.onnx.OnnxPatterns.image;
import static dev.thresher.network.onnx.OnnxPatterns.read;
import static dev.thresher.network.onnx.OnnxPatterns.stem;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.thresher.network.SlowNetwork;
import dev.thresher.testing.OnnxOracle;
import java.util.stream.Stream;
import onnx.Onnx.TensorProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** From the pool to the logits as exporters write it. */
class OnnxClassifiersTest {
  @ParameterizedTest(name = "{0}")
  @MethodSource("classifiers")
  void logitsAreThoseOfOnnxRuntime(String name, OnnxModel model) {
    assertLogitsAreThoseOfOnnxRuntime(model);
  }

  private static OnnxModel pooled(int opset) {
    return stem(opset).weights("w1", 8, 5).weights("b1", 5).node("GlobalAveragePool", "c", "g");
  }

  static Stream<Arguments> classifiers() {
    return Stream.of(
        arguments(
            "gemm, not transposed, scaled",
            pooled(9)
                .node("Flatten", "g", "f")
                .node("Gemm", "f,w1,b1", "y", real("alpha", .5f), real("beta", 2))
                .output("y")),
        arguments(
            "gemm without bias",
            pooled(11).node("Flatten", "g", "f").node("Gemm", "f,w1", "y").output("y")),
        arguments(
            "matmul and add",
            pooled(13)
                .node("Flatten", "g", "f")
                .node("MatMul", "f,w1", "m")
                .node("Add", "m,b1", "y")
                .output("y")),
        arguments(
            "convolution, flatten",
            pooled(13)
                .weights("w2", 5, 8, 1, 1)
                .node("Conv", "g,w2,b1", "d")
                .node("Flatten", "d", "y")
                .output("y")),
        arguments(
            "convolution, squeeze",
            pooled(11)
                .weights("w2", 5, 8, 1, 1)
                .node("Conv", "g,w2,b1", "d")
                .node("Squeeze", "d", "y", ints("axes", 2, 3))
                .output("y")),
        arguments(
            "squeeze by input, unsqueeze",
            pooled(13)
                .longs("a", -1, -2)
                .weights("w2", 5, 8, 1, 1)
                .node("Squeeze", "g,a", "f")
                .node("Unsqueeze", "f,a", "u")
                .node("Conv", "u,w2", "y")
                .output("y")),
        arguments(
            "reshape to -1",
            pooled(13)
                .longs("s", -1, 8)
                .node("Reshape", "g,s", "f")
                .node("Gemm", "f,w1", "y")
                .output("y")),
        arguments(
            "reshape by 0",
            pooled(13)
                .longs("s", 0, -1)
                .node("Reshape", "g,s", "f")
                .node("Gemm", "f,w1", "y")
                .output("y")),
        arguments(
            "shape, gather, unsqueeze, concat, reshape",
            pooled(10)
                .longScalar("zero", 0)
                .longs("rest", -1)
                .node("Shape", "g", "sh")
                .node("Gather", "sh,zero", "n", integer("axis", 0))
                .node("Unsqueeze", "n", "n1", ints("axes", 0))
                .node("Concat", "n1,rest", "to", integer("axis", 0))
                .node("Reshape", "g,to", "f")
                .node("Gemm", "f,w1,b1", "y")
                .output("y")),
        arguments(
            "shape, cast, slice, concat, reshape",
            pooled(13)
                .longs("zero", 0)
                .longs("one", 1)
                .longs("rest", 8)
                .node("Shape", "c", "sh")
                .node("Cast", "sh", "s32", integer("to", 6))
                .node("Slice", "s32,zero,one", "n")
                .node("Cast", "n", "n64", integer("to", 7))
                .node("Concat", "n64,rest", "to", integer("axis", 0))
                .node("Reshape", "g,to", "f")
                .node("Gemm", "f,w1", "y")
                .output("y")),
        arguments(
            "constant of shape",
            pooled(13)
                .longs("one", 1)
                .longs("rest", -1)
                .node(
                    "ConstantOfShape",
                    "one",
                    "n",
                    value(
                        TensorProto.newBuilder().setDataType(7).addDims(1).addInt64Data(1).build()))
                .node("Concat", "n,rest", "to", integer("axis", 0))
                .node("Reshape", "g,to", "f")
                .node("Gemm", "f,w1", "y")
                .output("y")),
        arguments(
            "dropout and identity",
            pooled(13)
                .node("Identity", "w1", "w2")
                .node("Dropout", "g", "o")
                .node("Flatten", "o", "f")
                .node("Identity", "f", "i")
                .node("Gemm", "i,w2", "y")
                .output("y")),
        arguments(
            "average pool over the map",
            stem(13)
                .weights("w1", 8, 5)
                .node("AveragePool", "c", "g", ints("kernel_shape", 5, 5))
                .node("Flatten", "g", "f")
                .node("Gemm", "f,w1", "y")
                .output("y")),
        arguments(
            "reduce mean",
            stem(13)
                .weights("w1", 8, 5)
                .node("ReduceMean", "c", "f", ints("axes", 2, 3), integer("keepdims", 0))
                .node("Gemm", "f,w1", "y")
                .output("y")),
        arguments(
            "reduce mean, dimensions kept",
            stem(13)
                .weights("w1", 8, 5)
                .node("ReduceMean", "c", "g", ints("axes", -1, -2))
                .node("Flatten", "g", "f")
                .node("Gemm", "f,w1", "y")
                .output("y")),
        arguments(
            "reduce mean by input",
            stem(18)
                .weights("w1", 8, 5)
                .longs("a", 2, 3)
                .node("ReduceMean", "c,a", "f", integer("keepdims", 0))
                .node("Gemm", "f,w1", "y")
                .output("y")),
        arguments(
            "two layers",
            pooled(13)
                .weights("w2", 5, 4)
                .node("Flatten", "g", "f")
                .node("Gemm", "f,w1,b1", "h")
                .node("Relu", "h", "r")
                .node("Gemm", "r,w2", "y")
                .output("y")));
  }

  @Test
  void softmaxAtTheEndIsDropped() {
    OnnxModel plain = stem(11).head("c");
    float[] image = image();
    for (String type : new String[] {"Softmax", "LogSoftmax", "Sigmoid"}) {
      OnnxModel model = withSoftmax(type);
      float[] logits = SlowNetwork.logits(read(model), image);
      assertClose(logits, OnnxOracle.run(plain.bytes(), image, 1, 3, SIZE, SIZE));
    }
  }

  private static OnnxModel withSoftmax(String type) {
    return stem(11)
        .weights("head_w", 5, 8)
        .weights("head_b", 5)
        .longs("s", -1, 5)
        .node("GlobalAveragePool", "c", "pooled")
        .node("Flatten", "pooled", "flat")
        .node("Gemm", "flat,head_w,head_b", "logits", integer("transB", 1))
        .node(type, "logits", "p")
        .node("Reshape", "p,s", "y")
        .output("y");
  }
}
