package dev.thresher.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thresher.testing.SharedData;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.OptionalInt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The content tells the format; what is no model is refused with what it is instead. */
@Tag("slow")
class NetworkReaderTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource({
    "'', it is empty",
    "'model: mobilenet', it is a text file",
    "'version https://git-lfs.github.com/spec/v1', it is a Git LFS pointer",
    "'PK\u0003\u0004rest', it is a ZIP archive",
    "'\u0018\u0000\u0000\u0000TFL3rest', it is a TFLite model",
    "'\u0080\u0002}q\u0000', it holds Python objects",
    "'\u0002\u0000\u0000\u0000\u0000\u0000\u0000\u0000{}rest', it holds weights only (safetensors)",
    "'\u0001\u0002\u0003\u0004', it is not a complete ONNX file",
  })
  void otherContentIsNamed(String content, String message) {
    byte[] bytes = content.getBytes(StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> NetworkReader.read(bytes, "m.onnx", OptionalInt.empty()))
        .isInstanceOf(NetworkFormatException.class)
        .hasMessageStartingWith("Cannot import m.onnx: " + message);
  }

  @Test
  void missingFileAndFolderAreNamed() {
    Path missing = folder.resolve("missing.onnx");
    assertThatThrownBy(() -> NetworkReader.read(missing, 224))
        .isInstanceOf(NetworkFormatException.class)
        .hasMessage(
            "Cannot import " + missing + ": there is no such file; check the path of the model.");
    assertThatThrownBy(() -> NetworkReader.read(folder))
        .isInstanceOf(NetworkFormatException.class)
        .hasMessageContaining("it is not a file");
  }

  @Test
  void truncatedKerasFileIsRefused() throws IOException {
    byte[] bytes = Files.readAllBytes(SharedData.require("models/mobilenet_v1_0.25_224.h5"));
    for (int length : new int[] {4, 100, 5000, bytes.length / 2, bytes.length - 1000}) {
      byte[] part = Arrays.copyOf(bytes, length);
      assertThatThrownBy(() -> NetworkReader.read(part, "m.h5", OptionalInt.empty()))
          .isInstanceOf(NetworkFormatException.class)
          .hasMessageStartingWith("Cannot import m.h5: the HDF5 file cannot be read")
          .hasMessageEndingWith("check that it was copied whole.");
    }
  }

  @Test
  void nameAndHashAreThoseOfTheFile() throws IOException {
    Path path = SharedData.require("models/mobilenet_v2_0.35_224_food101_bn.onnx");
    FloatNetwork network = NetworkReader.read(path);
    assertThat(network.name()).isEqualTo("mobilenet_v2_0.35_224_food101_bn");
    assertThat(network.sha256()).matches("[0-9a-f]{64}");
    // The suffix says nothing: the content is read.
    Path renamed = folder.resolve("model.h5");
    Files.copy(path, renamed);
    assertThat(NetworkReader.read(renamed).sha256()).isEqualTo(network.sha256());
    assertThat(NetworkReader.read(renamed).graph().nodes()).isEqualTo(network.graph().nodes());
  }

  @Test
  void sizeMustBePositive() {
    assertThatThrownBy(() -> NetworkReader.read(new byte[1], "m.onnx", OptionalInt.of(0)))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
