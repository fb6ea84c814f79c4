package dev.thresher.image;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.testing.SharedData;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Decoding, resizing and cropping give Pillow's bytes; regenerate.py made the golden hashes. */
class PillowGoldenTest {
  private static final Preprocessing BILINEAR = Preprocessing.IMAGENET_TORCHVISION;
  private static final Preprocessing BICUBIC =
      new Preprocessing(
          256, 224, BILINEAR.mean(), BILINEAR.std(), ChannelOrder.RGB, Interpolation.BICUBIC);

  static Stream<String> files() {
    return golden().filter(line -> line.startsWith("file "));
  }

  static Stream<String> drawn() {
    return golden().filter(line -> line.startsWith("drawn "));
  }

  @ParameterizedTest
  @MethodSource("files")
  void everyKindOfFileDecodesAsInPillow(String line) {
    List<String> fields = List.of(line.split(" "));
    byte[] file = resource(fields.get(1));
    RgbImage decoded = ImageDecoder.decode(file, ImageLimits.DEFAULT);
    assertThat(decoded.width()).isEqualTo(Integer.parseInt(fields.get(2)));
    assertThat(decoded.height()).isEqualTo(Integer.parseInt(fields.get(3)));
    assertThat(Drawn.sha256(Drawn.rgb(decoded))).isEqualTo(fields.get(4));
    assertThat(prepared(file, BILINEAR)).isEqualTo(fields.get(5));
    assertThat(prepared(file, BICUBIC)).isEqualTo(fields.get(6));
  }

  @ParameterizedTest
  @MethodSource("drawn")
  void everyExtentResizesAsInPillow(String line) {
    List<String> fields = List.of(line.split(" "));
    byte[] file = Drawn.png(Integer.parseInt(fields.get(1)), Integer.parseInt(fields.get(2)));
    assertThat(prepared(file, BILINEAR)).isEqualTo(fields.get(3));
    assertThat(prepared(file, BICUBIC)).isEqualTo(fields.get(4));
  }

  /** Hashes by regenerate.py's functions, Pillow 13.0.0. */
  @ParameterizedTest
  @CsvSource({
    "train/n01440764/n01440764_tench.JPEG,4a6ba97f97143d57e94ef204c39f1b2bb617228351c803d76b3c3495dd61ff49",
    "train/n02097298/n02097298_Scotch_terrier.JPEG,2ae8b39b79dee5a5ad5e9041c90e46c41116433ee8235fae56a2bddcf43853ae",
    "train/n03884397/n03884397_panpipe.JPEG,1f20da3e2a816189e73cb2791fbbe245976abbd82079fef0fdd67a5bff79808d",
    "val/n01440764/ILSVRC2012_val_00024327.JPEG,d372e8235bd4e04fab96ef4b5aa18b4af4583bad7a1caee5b4421d19d6de0930",
    "val/n02877765/ILSVRC2012_val_00009238.JPEG,1c9efa53a62354c898bdbd44453b69d11416d8607801df7796cb8383ac60edca",
    "extra/n01443537/n01443537_5048_goldfish.JPEG,633b0fd8abe429608f8db96deadde9c8b419047b864c77ba90bfb9e2a4afd5d8",
  })
  void realPhotographsArePreparedAsByPillow(String path, String sha256) throws IOException {
    byte[] file = Files.readAllBytes(SharedData.require("images/" + path));
    assertThat(prepared(file, BILINEAR)).isEqualTo(sha256);
  }

  private static String prepared(byte[] file, Preprocessing preprocessing) {
    ImagePreparer preparer = new ImagePreparer(preprocessing, ImageLimits.DEFAULT);
    return Drawn.sha256(preparer.prepare(file, "id", "", -1).image().rgb());
  }

  private static Stream<String> golden() {
    return new String(resource("golden.txt"), StandardCharsets.UTF_8).lines();
  }

  static byte[] resource(String name) {
    try (InputStream in = PillowGoldenTest.class.getResourceAsStream(name)) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
