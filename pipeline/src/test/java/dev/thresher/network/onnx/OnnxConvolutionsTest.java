package dev.thresher.network.onnx;

import static dev.thresher.network.onnx.OnnxModel.integer;
import static dev.thresher.network.onnx.OnnxModel.ints;
import static dev.thresher.network.onnx.OnnxModel.text;
import static dev.thresher.network.onnx.OnnxPatterns.assertLogitsAreThoseOfOnnxRuntime;
import static dev.thresher.network.onnx.OnnxPatterns.stem;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import java.util.Random;
import java.util.stream.Stream;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.TensorProto;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.shade.protobuf.ByteString;

/** Convolutions as exporters write them, and the ways in which they store weights. */
class OnnxConvolutionsTest {
  @ParameterizedTest(name = "{0}")
  @MethodSource("convolutions")
  void logitsAreThoseOfOnnxRuntime(String name, OnnxModel model) {
    assertLogitsAreThoseOfOnnxRuntime(model);
  }

  private static OnnxModel convolution(
      String inputs, OnnxModel model, AttributeProto... attributes) {
    return model.node("Conv", inputs, "d", attributes).head("d");
  }

  static Stream<Arguments> convolutions() {
    return Stream.of(
        arguments(
            "grouped",
            convolution("c,w1", stem(13).weights("w1", 8, 4, 3, 3), integer("group", 2))),
        arguments(
            "depthwise",
            convolution(
                "c,w1,b0",
                stem(13).weights("w1", 8, 1, 3, 3),
                integer("group", 8),
                ints("pads", 1, 1, 1, 1))),
        arguments(
            "dilated",
            convolution(
                "c,w1",
                stem(9).weights("w1", 8, 8, 3, 3),
                ints("dilations", 2, 2),
                ints("pads", 2, 2, 2, 2))),
        arguments(
            "asymmetric pads",
            convolution(
                "c,w1",
                stem(11).weights("w1", 8, 8, 3, 2),
                ints("pads", 0, 1, 2, 0),
                ints("strides", 2, 1))),
        arguments(
            "same upper",
            convolution(
                "x,w1",
                stem(13).weights("w1", 8, 3, 4, 4),
                text("auto_pad", "SAME_UPPER"),
                ints("strides", 2, 2))),
        arguments(
            "same lower",
            convolution(
                "x,w1",
                stem(13).weights("w1", 8, 3, 4, 4),
                text("auto_pad", "SAME_LOWER"),
                ints("strides", 2, 2))),
        arguments(
            "valid",
            convolution("x,w1", stem(13).weights("w1", 8, 3, 4, 4), text("auto_pad", "VALID"))),
        arguments(
            "transposed and reshaped weights",
            convolution(
                "c,w2",
                stem(13)
                    .weights("w1", 3, 3, 8, 8)
                    .longs("shape", 3, 3, 8, -1)
                    .node("Reshape", "w1,shape", "wr")
                    .node("Transpose", "wr", "w2", ints("perm", 3, 2, 0, 1)))),
        arguments(
            "integer weights, scales per filter",
            convolution(
                "c,w2",
                stem(13)
                    .tensor(int8("w1", 8, 8, 1, 1))
                    .weights("s", 8)
                    .tensor(int8("z", 8))
                    .node("DequantizeLinear", "w1,s,z", "w2", integer("axis", 0)))),
        arguments(
            "half-precision weights",
            convolution(
                "c,w2",
                stem(13)
                    .tensor(half("w1", 10, 0x3800))
                    .node("Cast", "w1", "w2", integer("to", 1)))),
        arguments(
            "bfloat16 weights",
            convolution(
                "c,w2",
                stem(13)
                    .tensor(half("w1", 16, 0x3f00))
                    .node("Cast", "w1", "w2", integer("to", 1)))));
  }

  private static TensorProto.Builder int8(String name, long... dims) {
    byte[] bytes = new byte[dims.length == 1 ? (int) dims[0] : 64];
    new Random(3).nextBytes(bytes);
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(3)
            .setRawData(ByteString.copyFrom(bytes));
    for (long dim : dims) {
      tensor.addDims(dim);
    }
    return tensor;
  }

  private static TensorProto.Builder half(String name, int type, int bits) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(type)
            .addDims(8)
            .addDims(8)
            .addDims(1)
            .addDims(1);
    for (int i = 0; i < 64; i++) {
      // Both signs, normal numbers near the given one, and zero.
      tensor.addInt32Data(i == 5 ? 0 : (bits + 3 * i) | (i % 3 == 0 ? 0x8000 : 0));
    }
    return tensor;
  }
}
