package dev.thresher.image;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Of an animation the first frame is the picture, and no more of it is read. */
class AnimationTest {
  private static final int FRAMES = 1_000;

  @Test
  void aGifEndsBehindItsFirstFrame() {
    byte[] two = PillowGoldenTest.resource("animated.gif");
    byte[] first = FirstFrame.ofGif(two);

    assertThat(first.length).isLessThan(two.length);
    assertThat(FirstFrame.ofGif(first)).isEqualTo(first);
    assertThat(pixels(two)).isEqualTo(pixels(first));
    ByteArrayOutputStream many = new ByteArrayOutputStream();
    many.write(two, 0, two.length - 1);
    for (int i = 0; i < FRAMES; i++) {
      many.write(two, first.length - 1, two.length - first.length);
    }
    many.write(0x3b);
    assertThat(FirstFrame.ofGif(many.toByteArray())).isEqualTo(first);
  }

  @Test
  void aWebPEndsBehindItsFirstFrame() {
    byte[] still = PillowGoldenTest.resource("lossy.webp");
    ImageHeader header = ImageHeader.parse(still);
    byte[] one = animated(still, header.width(), header.height(), 1);
    byte[] many = animated(still, header.width(), header.height(), FRAMES);

    assertThat(FirstFrame.ofWebP(many)).isEqualTo(one);
    assertThat(FirstFrame.ofWebP(one)).isEqualTo(one);
    assertThat(FirstFrame.ofWebP(still)).isSameAs(still);
    assertThat(pixels(many)).isEqualTo(pixels(still));
  }

  @Test
  void whatBreaksOffBeforeIsLeftToTheDecoder() {
    byte[] gif = PillowGoldenTest.resource("animated.gif");
    byte[] first = FirstFrame.ofGif(gif);
    byte[] webp = animated(PillowGoldenTest.resource("lossy.webp"), 40, 30, 1);
    for (int length = 13; length < first.length - 1; length++) {
      byte[] cut = Arrays.copyOf(gif, length);
      assertThat(FirstFrame.ofGif(cut)).as("%d bytes", length).isSameAs(cut);
    }
    byte[] cut = Arrays.copyOf(webp, webp.length - 20);
    assertThat(FirstFrame.ofWebP(cut)).isSameAs(cut);
  }

  @Test
  void scansAreCountedAsADecoderGoesThroughThem() {
    assertThat(JpegScans.count(PillowGoldenTest.resource("420.jpg"))).isEqualTo(1);
    assertThat(JpegScans.count(PillowGoldenTest.resource("grey.jpg"))).isEqualTo(1);
    assertThat(JpegScans.count(PillowGoldenTest.resource("422_progressive.jpg"))).isEqualTo(10);
    byte[] jpeg = PillowGoldenTest.resource("422_progressive.jpg");
    for (int length = 0; length < jpeg.length; length++) {
      assertThat(JpegScans.count(Arrays.copyOf(jpeg, length))).isBetween(0, 10);
    }
  }

  private static byte[] pixels(byte[] file) {
    return Drawn.rgb(ImageDecoder.decode(file, ImageLimits.DEFAULT));
  }

  /** The chunks of a still picture as so many frames. */
  private static byte[] animated(byte[] still, int width, int height, int frames) {
    ByteBuffer file =
        ByteBuffer.allocate(100 + frames * (still.length + 40)).order(ByteOrder.LITTLE_ENDIAN);
    file.put("RIFF".getBytes(US_ASCII)).putInt(0).put("WEBP".getBytes(US_ASCII));
    file.put("VP8X".getBytes(US_ASCII)).putInt(10).putInt(2);
    put24(file, width - 1);
    put24(file, height - 1);
    file.put("ANIM".getBytes(US_ASCII)).putInt(6).putInt(0).putShort((short) 0);
    for (int i = 0; i < frames; i++) {
      file.put("ANMF".getBytes(US_ASCII)).putInt(16 + still.length - 12);
      put24(file, 0);
      put24(file, 0);
      put24(file, width - 1);
      put24(file, height - 1);
      put24(file, 100);
      file.put((byte) 0).put(still, 12, still.length - 12);
    }
    return Arrays.copyOf(file.putInt(4, file.position() - 8).array(), file.position());
  }

  private static void put24(ByteBuffer file, int value) {
    file.putShort((short) value).put((byte) (value >> 16));
  }
}
