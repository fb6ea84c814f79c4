package dev.thresher.network.onnx;

import static dev.thresher.network.onnx.OnnxModel.OPEN;
import static dev.thresher.network.onnx.OnnxModel.integer;
import static dev.thresher.network.onnx.OnnxModel.ints;
import static dev.thresher.network.onnx.OnnxModel.real;
import static dev.thresher.network.onnx.OnnxModel.text;
import static dev.thresher.network.onnx.OnnxModel.value;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.thresher.network.Graph;
import dev.thresher.network.NetworkReader;
import dev.thresher.network.SlowNetwork;
import dev.thresher.testing.OnnxOracle;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Stream;
import onnx.Onnx.AttributeProto;
import onnx.Onnx.TensorProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.shade.protobuf.ByteString;

/** Every pattern that exporters write gives the logits that ONNX Runtime gives. */
class OnnxPatternsTest {
  private static final int SIZE = 9;
  private static final long SEED = 11;

  private static OnnxModel stem(int opset) {
    return OnnxModel.opset(opset)
        .input("x", OPEN, 3, SIZE, SIZE)
        .weights("w0", 8, 3, 3, 3)
        .weights("b0", 8)
        .node("Conv", "x,w0,b0", "c", ints("pads", 1, 1, 1, 1), ints("strides", 2, 2));
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

  @ParameterizedTest(name = "{0}")
  @MethodSource({"convolutions", "activations", "affine", "classifiers", "layouts"})
  void logitsAreThoseOfOnnxRuntime(String name, OnnxModel model) {
    float[] image = image();
    Graph graph = read(model);
    assertClose(
        SlowNetwork.logits(graph, image), OnnxOracle.run(model.bytes(), image, 1, 3, SIZE, SIZE));
  }

  private static Graph read(OnnxModel model) {
    return NetworkReader.read(model.bytes(), "test.onnx", OptionalInt.of(SIZE)).graph();
  }

  private static float[] image() {
    Random random = new Random(SEED);
    float[] image = new float[3 * SIZE * SIZE];
    for (int i = 0; i < image.length; i++) {
      image[i] = random.nextFloat() * 2 - 1;
    }
    return image;
  }

  private static void assertClose(float[] actual, float[] expected) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i]).as("logit %d, seed %d", i, SEED).isCloseTo(expected[i], within(1e-4f));
    }
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
  void softmaxAtTheEndIsDropped() {
    OnnxModel plain = stem(11).head("c");
    float[] image = image();
    for (String type : new String[] {"Softmax", "LogSoftmax"}) {
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
