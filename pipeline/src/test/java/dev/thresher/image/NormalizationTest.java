package dev.thresher.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class NormalizationTest {
  private static final PreparedImage PIXELS =
      PreparedImage.of("a/b", "a", 0, 1, 2, new byte[] {0, (byte) 128, (byte) 255, 10, 20, 30});

  @Test
  void minusOneToOneIsXOver127Minus1() {
    Normalization normalization = new Normalization(Preprocessing.IMAGENET_MINUS_ONE_TO_ONE);
    for (int x = 0; x < 256; x++) {
      assertThat(normalization.value(1, x)).isCloseTo((float) (x / 127.5 - 1), within(1e-6f));
    }
  }

  @Test
  void torchvisionsValues() {
    Normalization normalization = new Normalization(Preprocessing.IMAGENET_TORCHVISION);
    float[] out = new float[8];
    normalization.write(PIXELS, out, 1);
    assertThat(out)
        .containsExactly(
            new float[] {
              0f,
              -2.1179f,
              0.20528f,
              2.64f,
              (10 / 255f - .485f) / .229f,
              (20 / 255f - .456f) / .224f,
              (30 / 255f - .406f) / .225f,
              0f
            },
            within(1e-4f));
  }

  @Test
  void blueFirstReversesThePixelsAndNotTheMeans() {
    Preprocessing bgr =
        new Preprocessing(
            8,
            8,
            List.of(0.1, 0.2, 0.3),
            List.of(1.0, 1.0, 1.0),
            ChannelOrder.BGR,
            Interpolation.BILINEAR);
    float[] out = new float[6];
    new Normalization(bgr).write(PIXELS, out, 0);
    assertThat(out[0]).isEqualTo(1f - 0.1f);
    assertThat(out[2]).isEqualTo(0f - 0.3f);
    assertThat(out[3]).isEqualTo(30 / 255f - 0.1f);
  }

  @Test
  void refusesWhatNoImageCanBePreparedWith() {
    List<Double> three = List.of(0.5, 0.5, 0.5);
    assertThatThrownBy(() -> make(224, 256, three, three))
        .hasMessageContaining("Cannot crop 256 x 256 pixels")
        .hasMessageContaining("resized to 224");
    assertThatThrownBy(() -> make(0, 1, three, three)).hasMessageContaining("to 0 pixels");
    assertThatThrownBy(() -> make(256, 224, List.of(0.5), three))
        .hasMessageContaining("1 means and 3 deviations");
    assertThatThrownBy(() -> make(256, 224, three, List.of(0.5, 0.0, 0.5)))
        .hasMessageContaining("channel 1 with deviation 0.0");
    assertThatThrownBy(() -> make(256, 224, List.of(0.5, 0.5, Double.NaN), three))
        .hasMessageContaining("channel 2 with mean NaN");
    assertThatThrownBy(() -> Preprocessing.preset("imagenet"))
        .hasMessageContaining(
            "imagenet-minus-one-to-one, imagenet-torchvision, imagenet-zero-to-255, imagenet-zero-to-one");
    assertThat(Preprocessing.preset("imagenet-torchvision").crop()).isEqualTo(224);
  }

  private static Preprocessing make(int resize, int crop, List<Double> mean, List<Double> std) {
    return new Preprocessing(resize, crop, mean, std, ChannelOrder.RGB, Interpolation.BILINEAR);
  }
}
