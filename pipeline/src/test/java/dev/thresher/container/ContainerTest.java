package dev.thresher.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thresher.engine.RoundingCodec;
import dev.thresher.engine.ThresholdedNetworkCodec;
import dev.thresher.finetune.FineTuneException;
import dev.thresher.finetune.TeacherLogits;
import dev.thresher.finetune.TrainingStateCodec;
import dev.thresher.network.NetworkFormatException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ContainerTest {
  private static final ContainerKind KIND = new ContainerKind("box", 2);

  private static byte[] box() {
    ObjectNode facts = JsonNodeFactory.instance.objectNode().put("step", 7).put("of", "an \"é\"");
    return new ContainerWriter(KIND, facts)
        .floats("a", new float[] {1f, -0f, Float.NaN, 1e-40f, 4f, 5f}, 2, 3)
        .integers("b/é", new byte[] {-128, 0, 127}, 3)
        .floats("none", new float[0], 0)
        .bytes("c", new byte[] {1, 2})
        .encode();
  }

  /** A container of this header and data, sealed as a writer seals it. */
  private static byte[] sealed(String header, int dataBytes) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer out =
        ByteBuffer.allocate(Long.BYTES + text.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(text.length).put(text);
    int end = out.capacity() - Integer.BYTES;
    return out.putInt(end, Container.checksum(out.array(), end)).array();
  }

  private static String header(String arrays) {
    return "{\"__metadata__\":{\"kind\":\"box\",\"version\":\"2\",\"facts\":\"{}\"}" + arrays + "}";
  }

  @Test
  void everyBitComesBack() {
    Container in = Container.read(box(), KIND);

    assertThat(in.integer("step")).isEqualTo(7);
    assertThat(in.text("of")).isEqualTo("an \"é\"");
    assertThat(in.shape("a")).containsExactly(2, 3);
    assertThat(in.floats("a", 2, 3)).isEqualTo(new float[] {1f, -0f, Float.NaN, 1e-40f, 4f, 5f});
    assertThat(in.integers("b/é", 3)).containsExactly(-128, 0, 127);
    assertThat(in.floats("none", in.length("none"))).isEmpty();
    assertThat(in.bytes("c")).containsExactly(1, 2);
    in.finish();
    assertThat(box()).isEqualTo(box());
  }

  /** Written out by hand from the format of safetensors, as another tool reads it. */
  @Test
  void isOfTheLayoutThatIsDocumented() {
    byte[] bytes =
        new ContainerWriter(KIND, JsonNodeFactory.instance.objectNode().put("n", 1))
            .floats("x", new float[] {1f}, 1)
            .encode();
    String header =
        "{\"__metadata__\":{\"kind\":\"box\",\"version\":\"2\",\"facts\":\"{\\\"n\\\":1}\"},"
            + "\"x\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]},"
            + "\"crc32c\":{\"dtype\":\"U32\",\"shape\":[1],\"data_offsets\":[4,8]}}";
    int padded = (header.length() + 7) / 8 * 8;
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);

    assertThat(bytes).hasSize(8 + padded + 8);
    assertThat(in.getLong()).isEqualTo(padded);
    assertThat(new String(bytes, 8, padded, StandardCharsets.UTF_8))
        .isEqualTo(header + " ".repeat(padded - header.length()));
    assertThat(in.getFloat(8 + padded)).isEqualTo(1f);
    byte[] before = Arrays.copyOf(bytes, bytes.length - 4);
    java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
    crc.update(before);
    assertThat(in.getInt(bytes.length - 4)).isEqualTo((int) crc.getValue());
  }

  @Test
  void everyDamagedByteAndEveryCutIsNoticed() {
    byte[] bytes = box();
    for (int i = 0; i < bytes.length; i++) {
      byte[] damaged = bytes.clone();
      damaged[i] ^= 0x04;
      byte[] cut = Arrays.copyOf(bytes, i);
      assertThatThrownBy(() -> Container.read(damaged, KIND))
          .as("byte %d", i)
          .isInstanceOf(ContainerException.class);
      assertThatThrownBy(() -> Container.read(cut, KIND))
          .as("cut at %d", i)
          .isInstanceOf(ContainerException.class);
    }
    byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
    assertThatThrownBy(() -> Container.read(longer, KIND)).isInstanceOf(ContainerException.class);
  }

  /** Each array is followed by a right entry of the checksum, so it alone is at fault. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "F32 | [2147483647,2147483647,4] | [0,4]      | 4 | more elements than there can be",
        "F32 | [2147483647]              | [0,8589934588] | 8589934588 | arrays end at byte",
        "F32 | [-1]                      | [0,-4]     | 0 | extent -1",
        "F32 | [1.5]                     | [0,4]      | 4 | extent 1.5",
        "F32 | [1]                       | [0,8]      | 8 | asks for 4 bytes from 0",
        "F32 | [1]                       | [4,8]      | 8 | asks for 4 bytes from 0",
        "F32 | [1]                       | [-4,0]     | 0 | asks for 4 bytes from 0",
        "F32 | [1]                       | {}         | 4 | asks for 4 bytes from 0",
        "F64 | [1]                       | [0,8]      | 8 | unknown type 'F64'",
        "F32 | [1]                       | [0,4]      | 8 | asks for 4 bytes from 4",
      })
  void arraysThatDoNotFitAreRefused(
      String type, String shape, String offsets, long checksum, String why) {
    String arrays =
        ",\"x\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s},\"crc32c\":{\"dtype\":\"U32\",\"shape\":[1],\"data_offsets\":[%d,%d]}"
            .formatted(type, shape, offsets, checksum, checksum + 4);
    byte[] bytes = sealed(header(arrays), 8);

    assertThatThrownBy(() -> Container.read(bytes, KIND))
        .isInstanceOf(ContainerException.class)
        .hasMessageContaining(why);
  }

  @Test
  void headersThatAreNotOursAreRefused() {
    String checksum = ",\"crc32c\":{\"dtype\":\"U32\",\"shape\":[1],\"data_offsets\":[0,4]}";
    assertThat(Container.read(sealed(header(checksum), 4), KIND).facts()).isEmpty();

    refused(sealed(header(checksum + checksum), 4), "no JSON object");
    refused(sealed(header(checksum) + "x", 4), "no JSON object");
    refused(sealed("[".repeat(100_000), 4), "no JSON object");
    refused(sealed("[1,2]", 4), "no JSON object");
    refused(sealed(header(""), 4), "arrays end at byte 0 of 4");
    refused(sealed("{\"a\":1}", 4), "it holds ''");
    refused(
        ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN).putLong(1L << 40).array(), "cut");
    refused(ByteBuffer.allocate(20).order(ByteOrder.LITTLE_ENDIAN).putLong(-1).array(), "cut");
    refused(new byte[3], "cut");
  }

  private static void refused(byte[] bytes, String why) {
    assertThatThrownBy(() -> Container.read(bytes, KIND))
        .isInstanceOf(ContainerException.class)
        .hasMessageContaining("Cannot read a box: ")
        .hasMessageContaining(why);
  }

  @Test
  void anotherKindVersionTypeOrShapeIsRefused() {
    byte[] bytes = box();
    assertThatThrownBy(() -> Container.read(bytes, new ContainerKind("bag", 2)))
        .hasMessageContaining("Cannot read a bag: it holds 'box'");
    assertThatThrownBy(() -> Container.read(bytes, new ContainerKind("box", 3)))
        .hasMessageContaining("it is of version '2', this release reads version 3")
        .hasMessageContaining("give --run a name");
    Container in = Container.read(bytes, KIND);
    assertThatThrownBy(() -> in.floats("a", 3, 2))
        .hasMessageContaining("array a is F32 [2, 3], F32 [3, 2] is needed");
    assertThatThrownBy(() -> in.integers("a", 2, 3)).isInstanceOf(ContainerException.class);
    assertThatThrownBy(() -> in.length("a")).isInstanceOf(ContainerException.class);
    assertThatThrownBy(() -> in.bytes("z")).hasMessageContaining("it has no array 'z'");
    assertThatThrownBy(() -> in.integer("of")).isInstanceOf(ContainerException.class);
    assertThatThrownBy(() -> in.text("step")).isInstanceOf(ContainerException.class);
    assertThatThrownBy(in::finish).hasMessageContaining("nothing is known of its array 'a'");
  }

  /** First bytes of each form as the release before this one wrote them. */
  @Test
  void whatEarlierReleasesWroteIsRefusedByName() {
    HexFormat hex = HexFormat.of();
    byte[] thresholded = hex.parseHex("544852540200000002000000" + "7b7d" + "5448524701000000");
    byte[] rounding = hex.parseHex("544852520100000002000000" + "7b7d");
    byte[] state = hex.parseHex("5448545300000002" + "0003616263" + "0".repeat(48));
    byte[] logits = hex.parseHex("5448544c010000000100000001000000" + "0000803f");

    assertThatThrownBy(() -> ThresholdedNetworkCodec.decode(thresholded))
        .isInstanceOf(NetworkFormatException.class)
        .hasMessage(earlier("a thresholded network", "THRT"));
    assertThatThrownBy(() -> RoundingCodec.decode(rounding))
        .isInstanceOf(NetworkFormatException.class)
        .hasMessage(earlier("a rounding", "THRR"));
    assertThatThrownBy(() -> TrainingStateCodec.decode(state))
        .isInstanceOf(FineTuneException.class)
        .hasMessage(earlier("a training state", "THTS"));
    assertThatThrownBy(() -> TeacherLogits.decode(logits, "teacher/part-00000.logits"))
        .isInstanceOf(FineTuneException.class)
        .hasMessage(earlier("teacher/part-00000.logits", "THTL"));
  }

  private static String earlier(String what, String start) {
    return "Cannot read "
        + what
        + ": it begins with "
        + start
        + ", as an earlier release of Thresher wrote it. Finish the run with that release, or begin"
        + " a new run: give --run a name that is not in use.";
  }

  @Test
  void aWriterRefusesWhatNobodyCouldRead() {
    ContainerWriter writer =
        new ContainerWriter(KIND, JsonNodeFactory.instance.objectNode())
            .integers("a", new byte[2], 2);
    assertThatThrownBy(() -> writer.integers("a", new byte[2], 2))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> writer.integers("crc32c", new byte[2], 2))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> writer.floats("b", new float[2], 3))
        .isInstanceOf(IllegalArgumentException.class);
    ObjectNode facts = JsonNodeFactory.instance.objectNode().put("long", "x".repeat(9 << 20));
    assertThatThrownBy(() -> new ContainerWriter(KIND, facts).encode())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("8388608 are the most");
  }
}
