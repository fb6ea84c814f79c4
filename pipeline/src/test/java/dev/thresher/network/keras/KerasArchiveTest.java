package dev.thresher.network.keras;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.thresher.network.Graph;
import dev.thresher.network.NetworkFormatException;
import dev.thresher.network.NetworkReader;
import dev.thresher.network.SlowNetwork;
import dev.thresher.testing.SharedData;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Files that Keras itself wrote ({@code src/test/python/make_keras.py}) compute what Keras
 * computed, and archives that are no networks are refused.
 */
@Tag("slow")
class KerasArchiveTest {
  private static final int SIDE = 24;

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = KerasArchiveTest.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    }
  }

  static Stream<String> golden() throws IOException {
    return new String(resource("golden.txt"), UTF_8).lines();
  }

  /** As the script makes it, [H, W, C] there and [C, H, W] here. */
  private static float[] image() {
    float[] image = new float[3 * SIDE * SIDE];
    for (int i = 0; i < image.length; i++) {
      image[i % 3 * SIDE * SIDE + i / 3] = 7919 * i % 256;
    }
    return image;
  }

  @ParameterizedTest
  @MethodSource("golden")
  void whatKerasWroteComputesWhatKerasComputed(String line) throws IOException {
    List<String> words = List.of(line.split(" "));
    Graph graph =
        NetworkReader.read(resource(words.get(0)), words.get(0), OptionalInt.of(SIDE)).graph();
    float[] logits = SlowNetwork.logits(graph, image());
    assertThat(logits).hasSize(words.size() - 1);
    for (int i = 0; i < logits.length; i++) {
      float expected = Float.parseFloat(words.get(i + 1));
      assertThat(logits[i]).as("logit %d of %s", i, line).isCloseTo(expected, within(2e-4f));
    }
  }

  @Test
  void layersOfAnInnerNetworkCarryBothNames() throws IOException {
    Graph graph =
        NetworkReader.read(resource("transfer.keras"), "transfer.keras", OptionalInt.of(SIDE))
            .graph();
    assertThat(graph.nodes().stream().map(node -> node.name()))
        .contains("tiny_base/stem", "tiny_base/separable/depthwise");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "keras3_model.keras",
        "keras3_kernels.keras",
        "keras3_nested.keras",
        "keras2_nested.h5"
      })
  void filesThatPeopleBringAreRead(String name) {
    assertThat(NetworkReader.read(SharedData.require("../cases/networks/" + name)).graph())
        .isNotNull();
  }

  private static byte[] zip(Object... entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (int i = 0; i < entries.length; i += 2) {
        zip.putNextEntry(new ZipEntry((String) entries[i]));
        zip.write((byte[]) entries[i + 1]);
      }
    }
    return bytes.toByteArray();
  }

  private static byte[] entry(String archive, String name) throws IOException {
    try (ZipInputStream zip =
        new ZipInputStream(KerasArchiveTest.class.getResourceAsStream(archive))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        if (entry.getName().equals(name)) {
          return zip.readAllBytes();
        }
      }
    }
    throw new IllegalArgumentException(name);
  }

  private static void assertRefused(byte[] bytes, String message) {
    assertThatThrownBy(() -> NetworkReader.read(bytes, "m.keras", OptionalInt.of(SIDE)))
        .isInstanceOf(NetworkFormatException.class)
        .hasMessageContaining("m.keras")
        .hasMessageContaining(message);
  }

  @Test
  void archivesOfOtherThingsAreRefusedWithWhatToDo() throws IOException {
    byte[] some = {1, 2, 3};
    assertRefused(zip("model/data.pkl", some, "model/version", some), "torch.onnx.export(");
    assertRefused(zip("words.txt", some), "a ZIP archive without config.json");
    assertRefused(
        zip("config.json", "{}".getBytes(UTF_8)), "without config.json and model.weights.h5");
    byte[] whole = resource("transfer.keras");
    assertRefused(java.util.Arrays.copyOf(whole, whole.length / 2), "is damaged");
  }

  @Test
  void archivesThatUnpackToTooMuchAreRefused() throws IOException {
    byte[] zeros = new byte[33 << 20];
    assertRefused(zip("config.json", zeros), "unpacks to more than");
    Object[] many = new Object[2 * 1001];
    for (int i = 0; i < 1001; i++) {
      many[2 * i] = "assets/" + i;
      many[2 * i + 1] = new byte[0];
    }
    assertRefused(zip(many), "more than 1000 entries");
  }

  @Test
  void weightsOfAnotherModelAreRefused() throws IOException {
    byte[] configuration = entry("transfer.keras", "config.json");
    byte[] others = entry("normalization.keras", "model.weights.h5");
    assertRefused(
        zip("config.json", configuration, "model.weights.h5", others), "weights for it in");
  }
}
