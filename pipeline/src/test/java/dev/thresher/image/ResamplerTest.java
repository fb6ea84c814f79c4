package dev.thresher.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whichever passes a JVM can run, the pixels are the same. */
class ResamplerTest {
  @ParameterizedTest
  @CsvSource({
    // What is left over when lanes are filled: nothing, a pixel, most of a vector.
    "500, 375, 256, 224",
    "375, 500, 256, 224",
    "100, 75, 256, 224",
    "37, 211, 64, 53",
    "4000, 300, 30, 1",
    "640, 480, 97, 97",
    "9, 9, 10, 5"
  })
  void vectorsGiveTheSamePixelsAsOneByOne(int width, int height, int resize, int size) {
    Assumptions.assumeTrue(VectorPasses.isFast(), "skipped: vectors of this processor are short");
    byte[] rgb = new byte[width * height * Preprocessing.CHANNELS];
    new Random(3).nextBytes(rgb);
    RgbImage image = RgbImage.of(height, width, rgb, Codec.OPENCV);
    for (Interpolation kernel : Interpolation.values()) {
      Taps columns = Taps.of(width, resize, (resize - size) / 2, size, kernel);
      Taps rows = Taps.of(height, resize, (resize - size) / 2, size, kernel);
      assertThat(Resampler.resampled(image, columns, VectorPasses.of(columns), rows))
          .as(kernel.name())
          .isEqualTo(Resampler.resampled(image, columns, new PlainPasses(columns), rows));
    }
  }
}
