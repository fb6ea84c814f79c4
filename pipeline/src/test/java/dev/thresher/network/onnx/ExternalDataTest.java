package dev.thresher.network.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.thresher.network.FloatNetwork;
import dev.thresher.network.NetworkFormatException;
import dev.thresher.network.NetworkReader;
import dev.thresher.network.SlowNetwork;
import dev.thresher.testing.OnnxOracle;
import dev.thresher.testing.SharedData;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import onnx.Onnx.ModelProto;
import onnx.Onnx.StringStringEntryProto;
import onnx.Onnx.TensorProto;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.shade.protobuf.ByteString;

/** Weights in a file beside the model, as PyTorch's exporter writes them by default. */
class ExternalDataTest {
  private static final String DATA = "m.onnx.data";

  /** Bytes of the first convolution's weights. */
  private static final int LENGTH = 4 * 8 * 3 * 3 * 3;

  @TempDir Path folder;

  private static OnnxModel model() {
    return OnnxPatterns.stem(18).head("c");
  }

  /** The weights w0 moved behind three bytes of the file beside. */
  private Path apart(String location, String offset, String length) throws IOException {
    ModelProto.Builder model = ModelProto.parseFrom(model().bytes()).toBuilder();
    ByteString raw = model.getGraph().getInitializer(0).getRawData();
    Files.write(folder.resolve(DATA), ByteString.copyFrom(new byte[3]).concat(raw).toByteArray());
    TensorProto.Builder tensor = model.getGraphBuilder().getInitializerBuilder(0).clearRawData();
    tensor.setDataLocation(TensorProto.DataLocation.EXTERNAL);
    tensor.addExternalData(entry("location", location));
    tensor.addExternalData(entry("offset", offset));
    tensor.addExternalData(entry("length", length));
    return Files.write(folder.resolve("m.onnx"), model.build().toByteArray());
  }

  private static StringStringEntryProto entry(String key, String value) {
    return StringStringEntryProto.newBuilder().setKey(key).setValue(value).build();
  }

  private Path apart() throws IOException {
    return apart(DATA, "3", String.valueOf(LENGTH));
  }

  @Test
  void theNetworkIsThatOfOneFile() throws IOException {
    FloatNetwork network = NetworkReader.read(apart());
    assertThat(SlowNetwork.logits(network.graph(), OnnxPatterns.image()))
        .containsExactly(SlowNetwork.logits(model().read().graph(), OnnxPatterns.image()));
  }

  @Test
  void theIdentityCoversBothFiles() throws IOException {
    Path file = apart();
    String before = NetworkReader.read(file).sha256();
    byte[] data = Files.readAllBytes(folder.resolve(DATA));
    data[10] ^= 1;
    Files.write(folder.resolve(DATA), data);
    assertThat(NetworkReader.read(file).sha256()).isNotEqualTo(before).hasSize(64);
  }

  @ParameterizedTest
  @CsvSource({
    "4,864",
    "-1,864",
    "3,865",
    "3,-5",
    "9223372036854775807,1",
    "3,9223372036854775807",
    "3,863",
    "three,864"
  })
  void extentsThatTheFileDoesNotHaveAreRefused(String offset, String length) throws IOException {
    Path file = apart(DATA, offset, length);
    assertThatThrownBy(() -> NetworkReader.read(file))
        .isInstanceOf(NetworkFormatException.class)
        .hasMessageStartingWith("Cannot import m.onnx: the tensor w0 cannot be read: its ");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../m.onnx.data",
        "sub/m.onnx.data",
        "/etc/passwd",
        "..",
        ".",
        "",
        "a\\b",
        "file:m",
        "a\nb"
      })
  void onlyAPlainNameIsFollowed(String location) throws IOException {
    Path file = apart(location, "3", String.valueOf(LENGTH));
    assertThatThrownBy(() -> NetworkReader.read(file))
        .isInstanceOf(NetworkFormatException.class)
        .hasMessageContaining("which is no plain name of a file beside the model");
  }

  @Test
  void linksPipesFoldersAndNothingAreRefused() throws Exception {
    Path file = apart();
    Path data = folder.resolve(DATA);
    Path moved = Files.move(data, folder.resolve("moved"));
    assertRefused(file, "there is no such file beside the model; copy m.onnx.data into the folder");
    Files.createSymbolicLink(data, moved);
    assertRefused(file, "it is a link, a pipe or a folder");
    Files.delete(data);
    Files.createDirectory(data);
    assertRefused(file, "it is a link, a pipe or a folder");
    Files.delete(data);
    assumeTrue(new ProcessBuilder("mkfifo", data.toString()).start().waitFor() == 0, "no mkfifo");
    assertRefused(file, "it is a link, a pipe or a folder");
  }

  private static void assertRefused(Path file, String message) {
    assertThatThrownBy(() -> NetworkReader.read(file))
        .isInstanceOf(NetworkFormatException.class)
        .hasMessageContaining(message);
  }

  @ParameterizedTest
  @CsvSource({
    "f13.onnx,2",
    "torch_opset22.onnx,2",
    "torch_unoptimized.onnx,2",
    "padding_torchscript.onnx,1"
  })
  void filesOfTodaysExportersGiveTheLogitsOfOnnxRuntime(String name, int batch) {
    Path file = SharedData.require("../cases/networks/" + name);
    Random random = new Random(3);
    float[] image = new float[3 * 64 * 64];
    for (int i = 0; i < image.length; i++) {
      image[i] = random.nextFloat() * 2 - 1;
    }
    float[] images = Arrays.copyOf(image, batch * image.length);
    float[] logits = SlowNetwork.logits(NetworkReader.read(file).graph(), image);
    OnnxPatterns.assertClose(
        logits, Arrays.copyOf(OnnxOracle.run(file, images, batch, 3, 64, 64), logits.length));
  }
}
