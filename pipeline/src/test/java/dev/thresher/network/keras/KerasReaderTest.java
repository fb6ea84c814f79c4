package dev.thresher.network.keras;

import static dev.thresher.network.onnx.OnnxModel.integer;
import static dev.thresher.network.onnx.OnnxModel.ints;
import static dev.thresher.network.onnx.OnnxModel.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withPrecision;
import static org.assertj.core.api.Assertions.within;

import dev.thresher.network.Graph;
import dev.thresher.network.NetworkFormatException;
import dev.thresher.network.NetworkReader;
import dev.thresher.network.Node;
import dev.thresher.network.SlowNetwork;
import dev.thresher.network.onnx.OnnxModel;
import dev.thresher.testing.OnnxOracle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Layers of Keras compute what the same ONNX operators compute, or are refused by name. */
@Tag("slow")
class KerasReaderTest {
  private static final String INPUT =
      layer("InputLayer", "image", "'batch_input_shape': [null, 9, 9, 3]");
  private static final String CLASSIFIER =
      layer("GlobalAveragePooling2D", "pool", "")
          + ","
          + layer("Dense", "logits", "'units': 5, 'activation': 'softmax'");

  @TempDir Path folder;
  private final Random random = new Random(13);

  private static String layer(String type, String name, String settings) {
    return "{'class_name': '%s', 'config': {'name': '%s'%s}}"
        .formatted(type, name, settings.isEmpty() ? "" : ", " + settings);
  }

  private static String sequential(String... layers) {
    String json =
        "{'class_name': 'Sequential', 'config': {'layers': [" + String.join(",", layers) + "]}}";
    return json.replace('\'', '"');
  }

  private float[] values(int size) {
    float[] values = new float[size];
    for (int i = 0; i < size; i++) {
      values[i] = random.nextFloat() - 0.5f;
    }
    return values;
  }

  @Test
  void layersComputeWhatOnnxRuntimeComputes() throws IOException {
    float[] kernel = values(3 * 3 * 3 * 4);
    float[] bias = values(4);
    float[] depthwise = values(3 * 3 * 4 * 2);
    float[] dense = values(8 * 5);
    float[] denseBias = values(5);
    byte[] keras =
        new KerasFile(folder.resolve("m.h5"))
            .weights("conv", "kernel", kernel, 3, 3, 3, 4)
            .weights("conv", "bias", bias, 4)
            .weights("deep", "depthwise_kernel", depthwise, 3, 3, 4, 2)
            .weights("logits", "kernel", dense, 8, 5)
            .weights("logits", "bias", denseBias, 5)
            .bytes(
                sequential(
                    INPUT,
                    layer(
                        "Conv2D",
                        "conv",
                        "'strides': [2, 2], 'padding': 'same', 'activation': 'relu'"),
                    layer("ZeroPadding2D", "pad", "'padding': [[0, 1], [1, 0]]"),
                    layer(
                        "DepthwiseConv2D",
                        "deep",
                        "'strides': [2, 2], 'padding': 'valid', 'use_bias': false"),
                    layer("ReLU", "relu", "'max_value': 0.25"),
                    layer("Dropout", "dropout", ""),
                    CLASSIFIER));
    byte[] onnx =
        OnnxModel.opset(13)
            .input("x", 1, 3, 9, 9)
            .floats("k", new long[] {3, 3, 3, 4}, kernel)
            .floats("b", new long[] {4}, bias)
            .floats("d", new long[] {3, 3, 4, 2}, depthwise)
            .floats("m", new long[] {8, 5}, dense)
            .floats("n", new long[] {5}, denseBias)
            .scalar("zero", 0)
            .scalar("top", 0.25f)
            .longs("shape", 8, 1, 3, 3)
            .node("Transpose", "k", "k1", ints("perm", 3, 2, 0, 1))
            .node("Transpose", "d", "d1", ints("perm", 2, 3, 0, 1))
            .node("Reshape", "d1,shape", "d2")
            .node("Conv", "x,k1,b", "c", ints("strides", 2, 2), text("auto_pad", "SAME_UPPER"))
            .node("Relu", "c", "r")
            .node(
                "Conv",
                "r,d2",
                "e",
                integer("group", 4),
                ints("strides", 2, 2),
                ints("pads", 0, 1, 1, 0))
            .node("Clip", "e,zero,top", "f")
            .node("GlobalAveragePool", "f", "g")
            .node("Flatten", "g", "h")
            .node("Gemm", "h,m,n", "y")
            .output("y")
            .bytes();
    float[] image = values(3 * 9 * 9);
    Graph graph = NetworkReader.read(keras, "m.h5", OptionalInt.of(9)).graph();
    assertThat(graph.output()).isEqualTo("logits");
    float[] expected = OnnxOracle.run(onnx, image, 1, 3, 9, 9);
    float[] actual = SlowNetwork.logits(graph, image);
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i]).as("logit %d", i).isCloseTo(expected[i], within(1e-4f));
    }
  }

  /** Keras 3 describes and names the same layers in another way: the graphs are equal. */
  @Test
  void keras3AndKeras2GiveOneGraph() throws IOException {
    float[] deep = values(3 * 3 * 3);
    float[] dense = values(3 * 5);
    float[] denseBias = values(5);
    String rescaling = layer("Rescaling", "scaled", "'scale': 0.5, 'offset': [-1, 0, 1]");
    String pool = layer("GlobalAveragePooling2D", "pool", "");
    String depthwise = layer("DepthwiseConv2D", "deep", "'use_bias': false");
    String add = layer("Add", "sum", "");
    String logits = layer("Dense", "logits", "");
    String keras3Input = layer("InputLayer", "image", "'batch_shape': [null, 9, 9, 3]");
    byte[] keras2 =
        new KerasFile(folder.resolve("two.h5"))
            .weights("deep", "depthwise_kernel", deep, 3, 3, 3, 1)
            .weights("logits", "kernel", dense, 3, 5)
            .weights("logits", "bias", denseBias, 5)
            .bytes(
                functional(
                    "[['logits', 0, 0]]",
                    called(INPUT, "[]"),
                    called(rescaling, "[[['image', 0, 0, {}]]]"),
                    called(depthwise, "[[['scaled', 0, 0, {}]]]"),
                    called(add, "[[['deep', 0, 0, {}], ['deep', 0, 0, {}]]]"),
                    called(pool, "[[['sum', 0, 0, {}]]]"),
                    called(logits, "[[['pool', 0, 0, {}]]]")));
    byte[] keras3 =
        new KerasFile(folder.resolve("three.h5"))
            .weights("deep", "kernel", deep, 3, 3, 3, 1)
            .weights("logits", "kernel", dense, 3, 5)
            .weights("logits", "bias", denseBias, 5)
            .bytes(
                functional(
                    "['logits', 0, 0]",
                    called(keras3Input, "[]"),
                    called(rescaling, keras3Call(tensor("image"))),
                    called(depthwise, keras3Call(tensor("scaled"))),
                    called(add, keras3Call("[" + tensor("deep") + "," + tensor("deep") + "]")),
                    called(pool, keras3Call(tensor("sum"))),
                    called(logits, keras3Call(tensor("pool")))));
    Graph expected = NetworkReader.read(keras2, "m.h5", OptionalInt.empty()).graph();
    Graph actual = NetworkReader.read(keras3, "m.h5", OptionalInt.empty()).graph();
    float[] image = values(3 * 9 * 9);
    assertThat(actual.nodes())
        .extracting(Node::name)
        .containsExactlyElementsOf(expected.nodes().stream().map(Node::name).toList())
        .contains("scaled", "deep", "sum", "logits");
    assertThat(SlowNetwork.logits(actual, image)).isEqualTo(SlowNetwork.logits(expected, image));
  }

  @Test
  void rescalingIsOneStepAChannel() throws IOException {
    byte[] bytes =
        new KerasFile(folder.resolve("m.h5"))
            .bytes(
                sequential(
                    INPUT,
                    layer("Rescaling", "scaled", "'scale': 0.5, 'offset': [-1, 0, 1]"),
                    layer("GlobalAveragePooling2D", "pool", "")));
    float[] image = new float[3 * 9 * 9];
    Arrays.fill(image, 4f);
    Graph graph = NetworkReader.read(bytes, "m.h5", OptionalInt.empty()).graph();
    // The mean of 81 equal values rounds.
    assertThat(SlowNetwork.logits(graph, image))
        .containsExactly(new float[] {1f, 2f, 3f}, withPrecision(1e-5f));
  }

  private static String called(String layer, String inbound) {
    String name = layer.substring(layer.indexOf("'name': '") + 9).split("'", 2)[0];
    return layer.substring(0, layer.length() - 1)
        + ", 'name': '"
        + name
        + "', 'inbound_nodes': "
        + inbound
        + "}";
  }

  private static String tensor(String layer) {
    return "{'class_name': '__keras_tensor__', 'config': {'keras_history': ['%s', 0, 0]}}"
        .formatted(layer);
  }

  private static String keras3Call(String argument) {
    return "[{'args': [" + argument + "], 'kwargs': {'mask': null}}]";
  }

  private static String functional(String output, String... layers) {
    return ("{'class_name': 'Functional', 'config': {'layers': ["
            + String.join(",", layers)
            + "], 'output_layers': "
            + output
            + "}}")
        .replace('\'', '"');
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "LeakyReLU    | ''                           | layer odd (LeakyReLU) cannot be used: it is not supported. Supported: Activation",
        "MaxPooling2D | ''                           | layer odd (MaxPooling2D) cannot be used: it is not supported.",
        "Activation   | 'activation': 'swish'        | activation = swish; supported are linear, relu, relu6 and softmax.",
        "ReLU         | 'negative_slope': 0.5        | negative_slope = 0.5, threshold = 0.0; both must be 0.",
        "Conv2D       | 'data_format': 'channels_first' | data_format = channels_first; channels_last is needed.",
        "Conv2D       | 'groups': 1                  | layer odd (Conv2D) cannot be used: the file holds no kernel for it",
        "ZeroPadding2D | 'padding': [[1, 1], [1, 1]] | layer pool (GlobalAveragePooling2D) cannot be used: it reads a padded map",
        "ZeroPadding2D | 'padding': [[1, -1], [1, 1]] | padding = [[1, -1], [1, 1]] must be two numbers from 0",
        "Flatten      | ''                           | it reads a map of 9 x 9 positions; only pooled maps can be reshaped.",
        "Activation   | 'activation': 'softmax'      | its softmax must be over the classes of one vector, at the end.",
      })
  void whatCannotBeUsedIsNamed(String type, String settings, String message) throws IOException {
    String given = settings.equals("''") ? "" : settings;
    byte[] bytes =
        new KerasFile(folder.resolve("m.h5"))
            .bytes(sequential(INPUT, layer(type, "odd", given), CLASSIFIER));
    assertRefused(bytes, message);
  }

  @Test
  void weightsThatAreNotFiniteAreRefused() throws IOException {
    float[] kernel = values(3 * 5);
    kernel[7] = Float.NaN;
    byte[] bytes =
        new KerasFile(folder.resolve("m.h5"))
            .weights("logits", "kernel", kernel, 3, 5)
            .weights("logits", "bias", values(5), 5)
            .bytes(sequential(INPUT, CLASSIFIER));
    assertRefused(bytes, "layer logits (Dense) cannot be used: its kernel holds NaN at position 7");
  }

  @Test
  void whatIsNoClassifierIsRefused() throws IOException {
    assertRefused(
        new KerasFile(folder.resolve("a.h5")).bytes("{\"class_name\": \"Transformer\"}"),
        "it is a Transformer; Sequential and Functional are supported.");
    assertRefused(
        new KerasFile(folder.resolve("b.h5")).bytes(sequential(INPUT, layer("ReLU", "r", ""))),
        "its output r must be the one vector of logits that a classifier gives.");
  }

  @Test
  void anotherImageSizeThanTheFilesIsRefusedWithBoth() throws IOException {
    byte[] bytes = new KerasFile(folder.resolve("m.h5")).bytes(sequential(INPUT, CLASSIFIER));
    assertThatThrownBy(() -> NetworkReader.read(bytes, "m.h5", OptionalInt.of(224)))
        .isInstanceOf(NetworkFormatException.class)
        .hasMessageContaining(
            "it is fixed at 9 rows or columns, the images have 224; set the crop");
  }

  private static void assertRefused(byte[] bytes, String message) {
    assertThatThrownBy(() -> NetworkReader.read(bytes, "m.h5", OptionalInt.empty()))
        .isInstanceOf(NetworkFormatException.class)
        .hasMessageStartingWith("Cannot import m.h5: ")
        .hasMessageContaining(message);
  }
}
