package dev.thresher.network.onnx;

import static dev.thresher.network.onnx.OnnxModel.OPEN;
import static dev.thresher.network.onnx.OnnxModel.integer;
import static dev.thresher.network.onnx.OnnxModel.ints;
import static dev.thresher.network.onnx.OnnxModel.real;
import static dev.thresher.network.onnx.OnnxModel.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.thresher.network.NetworkFormatException;
import dev.thresher.network.NetworkReader;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.Stream;
import onnx.Onnx.StringStringEntryProto;
import onnx.Onnx.TensorProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.nd4j.shade.protobuf.ByteString;

/** What cannot be used is refused by name, with the reason. */
class OnnxRefusalsTest {
  private static OnnxModel input(int opset) {
    return OnnxModel.opset(opset).input("x", OPEN, 3, 8, 8);
  }

  private static OnnxModel stem() {
    return input(13).weights("w", 8, 3, 3, 3).node("Conv", "x,w", "c");
  }

  static Stream<Arguments> operators() {
    return Stream.of(
        arguments(
            stem().node("LeakyRelu", "c", "a").head("a"),
            "node a_node is a LeakyRelu, which is not supported. Supported: Add, AveragePool, BatchNormalization"),
        arguments(
            stem().node("HardSwish", "c", "a").head("a"),
            "node a_node is a HardSwish, which is not supported"),
        arguments(
            stem().node("Concat", "c,c", "a", integer("axis", 1)).head("a"),
            "node a_node (Concat) cannot be used: Concat is not supported on activations."),
        arguments(
            stem().node("Mul", "c,c", "a").head("a"),
            "node a_node (Mul) cannot be used: it must combine one feature map with one constant."),
        arguments(
            stem().weights("k", 1, 8, 6, 6).node("Add", "c,k", "a").head("a"),
            "its constant k [1, 8, 6, 6] must hold one value, or one per channel of [1, 8, 6, 6]"),
        arguments(
            stem().node("GlobalAveragePool", "c", "g").node("Add", "c,g", "a").head("a"),
            "it adds [1, 8, 6, 6] and [1, 8, 1, 1]; two feature maps must have one shape."),
        arguments(
            stem().node("AveragePool", "c", "a", ints("kernel_shape", 2, 2)).head("a"),
            "its window [2, 2] with pads [0, 0, 0, 0] must cover the whole map [6, 6]"),
        arguments(
            stem().node("ReduceMean", "c", "a", ints("axes", 1)).head("a"),
            "its axes [1] of [BATCH, CHANNEL, ROW, COLUMN] must be the rows and the columns"),
        arguments(
            stem()
                .weights("m", 5, 288)
                .node("Flatten", "c", "f")
                .node("Gemm", "f,m", "y", integer("transB", 1))
                .output("y"),
            "to [1, 288]; only dimensions of extent one can be dropped or added: pool the map first."),
        arguments(
            stem().longs("s", 1, 2, 4, 6, 6).node("Reshape", "c,s", "a").head("a"),
            "node a_node (Reshape) cannot be used: it reshapes"),
        arguments(
            stem().longs("s", 1, 7).node("Reshape", "c,s", "a").head("a"),
            "it reshapes [1, 8, 6, 6] to [1, 7], which do not hold the same number of values."),
        arguments(
            stem().longs("p", 0, 0, 1, 1, 0, 0, 1, 1).node("Pad", "c,p", "a").head("a"),
            "node pooled_node (GlobalAveragePool) cannot be used: it reads a padded map"),
        arguments(
            stem().longs("p", 0, 1, 0, 0, 0, 0, 0, 0).node("Pad", "c,p", "a").head("a"),
            "on rows and columns only"),
        arguments(
            stem()
                .longs("p", 0, 0, 1, 1, 0, 0, 1, 1)
                .node("Pad", "c,p", "a", text("mode", "reflect"))
                .head("a"),
            "it pads by mode reflect"),
        arguments(
            stem().node("Softmax", "c", "a", integer("axis", 1)).head("a"),
            "it must be over the classes of one vector, at the end"),
        arguments(
            stem()
                .node("GlobalAveragePool", "c", "g")
                .node("Softmax", "g", "a", integer("axis", 1))
                .node("Conv", "a,k", "d")
                .weights("k", 8, 8, 1, 1)
                .head("d"),
            "node d_node (Conv) cannot be used: it reads the softmax a_node, which may stand at the end only."),
        arguments(
            stem().node("Sigmoid", "c", "a").head("a"),
            "node a_node (Sigmoid) cannot be used: a Sigmoid is supported at the end of a classifier"),
        arguments(
            stem()
                .scalar("s", 1)
                .node("QuantizeLinear", "c,s", "a")
                .node("DequantizeLinear", "a,s", "b")
                .head("b"),
            "it is quantized already: node a_node is a QuantizeLinear; give the float network"),
        arguments(
            stem().output("c"),
            "the output c is a map of 6 x 6 positions; a classifier gives one vector of logits."),
        arguments(
            stem().node("Clip", "c,hi,lo", "a").scalar("lo", 0).scalar("hi", 6).head("a"),
            "Cannot clamp to [6.0, 0.0]"),
        arguments(
            stem()
                .weights("k", 8)
                .node("BatchNormalization", "c,k,k,k,v", "a")
                .floats("v", new long[] {8}, 1, 1, 1, -2, 1, 1, 1, 1)
                .head("a"),
            "the variance of channel 3 is -2.0, below zero."),
        arguments(
            stem()
                .weights("k", 8)
                .node("BatchNormalization", "c,k,k,k,k", "a", integer("training_mode", 1))
                .head("a"),
            "export the network in evaluation mode"));
  }

  static Stream<Arguments> weights() {
    float nan = Float.NaN;
    return Stream.of(
        arguments(
            input(13)
                .floats("w", new long[] {8, 3, 1, 1}, twentyFour(nan))
                .node("Conv", "x,w", "c")
                .head("c"),
            "node c_node (Conv) cannot be used: the weights w hold NaN at position 23; every weight must be finite."),
        arguments(
            input(13)
                .floats("w", new long[] {8, 3, 1, 1}, twentyFour(Float.POSITIVE_INFINITY))
                .node("Conv", "x,w", "c")
                .head("c"),
            "the weights w hold Infinity at position 23"),
        arguments(
            input(13)
                .floats("w", new long[] {8, 3, 1, 1}, 1, 2, 3)
                .node("Conv", "x,w", "c")
                .head("c"),
            "the tensor w cannot be read: its dimensions [8, 3, 1, 1] hold 24 values, the file has 3"),
        arguments(
            input(13).tensor(raw("w", 7, 8, 3, 1, 1)).node("Conv", "x,w", "c").head("c"),
            "its dimensions [8, 3, 1, 1] hold 24 values, the file has 1.75"),
        arguments(
            input(13)
                .tensor(raw("w", 0, 1L << 40, 1L << 40, 1, 1))
                .node("Conv", "x,w", "c")
                .head("c"),
            "its dimensions [1099511627776, 1099511627776, 1, 1] are negative or too large."),
        arguments(
            input(13).tensor(raw("w", 0, -8, 3, 1, 1)).node("Conv", "x,w", "c").head("c"),
            "its dimensions [-8, 3, 1, 1] are negative or too large."),
        arguments(
            input(13).tensor(raw("w", 0, 0, 3, 1, 1)).node("Conv", "x,w", "c").head("c"),
            "every extent must be positive"),
        arguments(
            input(13)
                .tensor(raw("w", 96, 8, 3, 1, 1).setDataType(8))
                .node("Conv", "x,w", "c")
                .head("c"),
            "it is of type STRING; supported are [FLOAT"),
        arguments(
            input(13).tensor(raw("w", 0, 50_000, 50_000, 1, 1)).node("Conv", "x,w", "c").head("c"),
            "its dimensions [50000, 50000, 1, 1]"),
        arguments(
            input(13).tensor(external("weights.bin")).node("Conv", "x,w", "c").head("c"),
            "its values are kept in the file weights.bin, which cannot be read: the model was given without its folder"),
        arguments(
            input(13).tensor(external("../../../../etc/passwd")).node("Conv", "x,w", "c").head("c"),
            "its values are kept in another file (../../../../etc/passwd), which is no plain name"),
        arguments(
            input(13).tensor(external("/dev/zero")).node("Conv", "x,w", "c").head("c"),
            "its values are kept in another file (/dev/zero), which is no plain name"),
        arguments(
            input(13).weights("w", 8, 4, 3, 3).node("Conv", "x,w", "c").head("c"),
            "the weights are for 4 input channels, the input has 3."),
        arguments(
            input(13).weights("w", 8, 3, 9, 9).node("Conv", "x,w", "c").head("c"),
            "every extent must be positive"),
        arguments(
            input(13)
                .weights("w", 8, 3, 3, 3)
                .node("Conv", "x,w", "c", ints("pads", 0, 0, 1L << 40, 0))
                .head("c"),
            "pads = [0, 0, 1099511627776, 0] must be 4 numbers from 0 to 32768."),
        arguments(
            input(13)
                .weights("w", 8, 3, 3, 3)
                .node("Conv", "x,w", "c", ints("strides", 0, 1))
                .head("c"),
            "strides = [0, 1] must be 2 numbers from 1"),
        arguments(
            input(13)
                .weights("w", 8, 3, 3, 3)
                .node("Conv", "x,w", "c", integer("group", 3))
                .head("c"),
            "Cannot split 8 filters into 3 groups"));
  }

  private static float[] twentyFour(float last) {
    float[] values = new float[24];
    values[23] = last;
    return values;
  }

  private static TensorProto.Builder raw(String name, int bytes, long... dims) {
    TensorProto.Builder tensor =
        TensorProto.newBuilder()
            .setName(name)
            .setDataType(1)
            .setRawData(ByteString.copyFrom(new byte[bytes]));
    for (long dim : dims) {
      tensor.addDims(dim);
    }
    return tensor;
  }

  private static TensorProto.Builder external(String location) {
    return raw("w", 0, 8, 3, 1, 1)
        .setDataLocation(TensorProto.DataLocation.EXTERNAL)
        .addExternalData(StringStringEntryProto.newBuilder().setKey("location").setValue(location));
  }

  static Stream<Arguments> graphs() {
    return Stream.of(
        arguments(
            input(8).weights("w", 8, 3, 3, 3).node("Conv", "x,w", "c").head("c"),
            "it is written in ONNX operator set 8, supported are 9 to 28"),
        arguments(
            input(29).weights("w", 8, 3, 3, 3).node("Conv", "x,w", "c").head("c"),
            "it is written in ONNX operator set 29, supported are 9 to 28"),
        arguments(
            stem().input("mask", 1, 8).head("c"),
            "it has 2 inputs [x, mask]; one, the image, is needed."),
        arguments(stem().head("c").output("c"), "it has 2 outputs; one, the logits, is needed."),
        arguments(
            OnnxModel.opset(13).input("x", 1, 3, 8).node("Relu", "x", "y").output("y"),
            "its input x has 3 dimensions; four"),
        arguments(
            OnnxModel.opset(13).input("x", 1, 3, 1L << 40, 8).node("Relu", "x", "y").output("y"),
            "has extent 1099511627776 at dimension 2"),
        arguments(
            OnnxModel.opset(13).input("x", 1, 3, OPEN, 8).node("Relu", "x", "y").output("y"),
            "leaves height or width open; say which image size the network is for."),
        arguments(
            input(13).node("Add", "x,b", "a").node("Relu", "a", "b").head("b"),
            "node a_node is on a cycle or behind one"),
        arguments(
            input(13).node("Relu", "nowhere", "a").head("a"),
            "node a_node reads nowhere, which nothing computes."),
        arguments(stem().node("Relu", "x", "c").head("c"), "two nodes compute the tensor c."),
        arguments(input(13).node("Identity", "x", "y").output("y"), "is a map of 8 x 8 positions"),
        arguments(
            OnnxModel.opset(13).input("x", 1, 3, 1, 1).node("Flatten", "x", "y").output("y"),
            "Cannot make a network that computes nothing."),
        arguments(
            stem().weights("k", 5).node("Identity", "k", "y").output("y"),
            "the output y must be computed from the image"),
        arguments(
            stem().node("Clip", "c", "a", real("min", 0)).output("nothing"),
            "no node computes the output nothing."));
  }

  @ParameterizedTest(name = "{1}")
  @MethodSource({"operators", "weights", "graphs"})
  void whatCannotBeUsedIsNamed(OnnxModel model, String message) {
    assertThatThrownBy(model::read)
        .isInstanceOf(NetworkFormatException.class)
        .hasMessageStartingWith("Cannot import test.onnx: ")
        .hasMessageContaining(message);
  }

  @Test
  void anotherImageSizeThanTheFilesIsRefusedWithBoth() {
    byte[] bytes = stem().head("c").bytes();
    assertThatThrownBy(() -> NetworkReader.read(bytes, "test.onnx", OptionalInt.of(16)))
        .isInstanceOf(NetworkFormatException.class)
        .hasMessage(
            "Cannot import test.onnx: its input x is fixed at 8 rows or columns, the images have 16;"
                + " set the crop to 8.");
  }

  @Test
  void everyTruncationIsRefused() {
    byte[] bytes = stem().head("c").bytes();
    for (int length = 1; length < bytes.length; length += 13) {
      byte[] part = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> NetworkReader.read(part, "test.onnx", OptionalInt.empty()))
          .as("first %d bytes of %d", length, bytes.length)
          .isInstanceOf(NetworkFormatException.class)
          .hasMessageStartingWith("Cannot import test.onnx: ");
    }
  }

  @Test
  void damagedBytesNeverFailInAnotherWay() {
    long seed = 5;
    Random random = new Random(seed);
    byte[] bytes = stem().longs("s", -1, 8).head("c").bytes();
    for (int trial = 0; trial < 1000; trial++) {
      byte[] damaged = bytes.clone();
      for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
      }
      try {
        NetworkReader.read(damaged, "test.onnx", OptionalInt.empty());
      } catch (NetworkFormatException refused) {
        assertThat(refused).as("seed %d, trial %d", seed, trial).hasMessageContaining("test.onnx");
      }
    }
  }

  /** 1 KB of file, 10 GB in the length of a field: at each level of nesting. */
  @Test
  void lengthsThatTheFileDoesNotHaveAreRefusedBeforeMemoryIsTaken() {
    byte[] length = {(byte) 0x80, (byte) 0xc8, (byte) 0xaf, (byte) 0xa0, 0x25}; // 10^10
    byte[] model = stem().head("c").bytes();
    for (int tag : new int[] {0x3a, 0x42, 0x0a}) { // graph, operator sets, an unknown one
      byte[] claimed = Arrays.copyOf(model, model.length + 1024);
      claimed[model.length] = (byte) tag;
      System.arraycopy(length, 0, claimed, model.length + 1, length.length);
      assertThatThrownBy(() -> NetworkReader.read(claimed, "test.onnx", OptionalInt.empty()))
          .isInstanceOf(NetworkFormatException.class)
          .hasMessageStartingWith("Cannot import test.onnx: ");
    }
  }
}
