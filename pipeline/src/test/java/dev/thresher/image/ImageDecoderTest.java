package dev.thresher.image;

import static java.awt.color.ColorSpace.CS_GRAY;
import static java.awt.color.ColorSpace.CS_sRGB;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {
  private static final byte[] JPEG = PillowGoldenTest.resource("420.jpg");

  @Test
  void refusesWhatIsNoImageAndSaysWhy() {
    assertRefused(new byte[0], "empty (0 bytes)");
    assertRefused(
        "just text".getBytes(StandardCharsets.UTF_8), "not a JPEG, PNG, GIF, WebP, BMP or");
    assertRefused(Arrays.copyOf(JPEG, 100), "ends inside its header (100 bytes)");
    byte[] png = Drawn.png(40, 30);
    assertRefused(Arrays.copyOf(png, png.length / 2), "PNG data are damaged or truncated");
  }

  @Test
  void limitsAreCheckedBeforeDecoding() {
    byte[] huge = Drawn.png(40, 30);
    huge[16] = 0x7f; // width 2130706472 in the header, data unchanged
    assertRefused(huge, "2130706472 x 30 pixels is over the limit of 16384 a side");
    byte[] many = Drawn.png(40, 30);
    many[18] = 0x3f; // 16168 x 16158: each side allowed, 261 megapixels
    many[22] = 0x3f;
    assertRefused(many, "16168 x 16158 pixels is over the limit of 16384 a side and 67108864");
    ImageLimits limits = new ImageLimits(100, 16_384, 1 << 20);
    assertThatThrownBy(() -> ImageDecoder.decode(JPEG, limits))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining("more than 100 bytes");
  }

  /** A picture of 16 bits a channel is its upper 8, whether grey or coloured. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void sixteenBitsAreReadAsEight(int channels) throws IOException {
    ColorSpace space = ColorSpace.getInstance(channels == 1 ? CS_GRAY : CS_sRGB);
    ComponentColorModel model =
        new ComponentColorModel(space, false, false, Transparency.OPAQUE, DataBuffer.TYPE_USHORT);
    WritableRaster raster = model.createCompatibleWritableRaster(32, 8);
    for (int i = 0; i < 32 * 8; i++) {
      int[] pixel = {i * 257, 65_535 - i * 257, (i * 1283) % 65_536};
      raster.setPixel(i % 32, i / 32, Arrays.copyOf(pixel, channels));
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    assertThat(ImageIO.write(new BufferedImage(model, raster, false, null), "png", png)).isTrue();
    assertThat(png.toByteArray()[24]).as("bit depth").isEqualTo((byte) 16);

    byte[] rgb = Drawn.rgb(ImageDecoder.decode(png.toByteArray(), ImageLimits.DEFAULT));

    for (int i = 0; i < 32 * 8; i++) {
      int[] pixel = raster.getPixel(i % 32, i / 32, new int[channels]);
      for (int c = 0; c < 3; c++) {
        int upper = pixel[Math.min(c, channels - 1)] >> 8;
        assertThat(rgb[3 * i + c] & 0xff).isBetween(Math.max(0, upper - 1), upper + 1);
      }
    }
  }

  @Test
  void truncatedFilesAreRefusedAsPillowRefusesThem() throws IOException {
    for (String name :
        List.of("420.jpg", "cmyk.jpg", "rgba.png", "lossy.webp", "plain.bmp", "lzw.tif")) {
      byte[] file = PillowGoldenTest.resource(name);
      byte[] cut = Arrays.copyOf(file, file.length * 2 / 3);
      assertThatThrownBy(() -> ImageDecoder.decode(cut, ImageLimits.DEFAULT))
          .as(name)
          .isInstanceOf(ImageFormatException.class);
    }
  }

  @Test
  void damageNeverEscapesAsAnotherException() {
    long seed = 20240101;
    Random random = new Random(seed);
    ImageLimits limits = new ImageLimits(1 << 20, 1024, 1 << 20);
    for (String name :
        new String[] {
          "420.jpg", "cmyk.jpg", "rgba.png", "animated.gif", "lossy.webp", "plain.bmp", "lzw.tif"
        }) {
      byte[] file = PillowGoldenTest.resource(name);
      for (int i = 0; i < 60; i++) {
        byte[] damaged = file.clone();
        for (int k = 0; k < 4; k++) {
          damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
        }
        byte[] cut = Arrays.copyOf(damaged, 1 + random.nextInt(damaged.length));
        try {
          ImageDecoder.decode(cut, limits);
        } catch (ImageFormatException refused) {
          assertThat(refused).as("seed %d", seed).hasMessageMatching("(?s).+");
        }
      }
    }
  }

  private static void assertRefused(byte[] file, String reason) {
    assertThatThrownBy(() -> ImageDecoder.decode(file, ImageLimits.DEFAULT))
        .isInstanceOf(ImageFormatException.class)
        .hasMessageContaining(reason);
  }
}
