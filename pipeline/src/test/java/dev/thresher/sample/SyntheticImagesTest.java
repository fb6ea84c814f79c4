package dev.thresher.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thresher.image.ChannelOrder;
import dev.thresher.image.ImageLimits;
import dev.thresher.image.ImagePreparer;
import dev.thresher.image.Interpolation;
import dev.thresher.image.Preprocessing;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SyntheticImagesTest {
  private static final int CLASSES = 8;

  @TempDir private Path folder;

  @Test
  void theSameArgumentsGiveTheSamePictures() {
    SyntheticImages pictures = new SyntheticImages(CLASSES, 2, 32, 5);
    assertThat(pictures.jpeg(3, 1)).isEqualTo(new SyntheticImages(CLASSES, 9, 32, 5).jpeg(3, 1));
    assertThat(pictures.jpeg(3, 1)).isNotEqualTo(pictures.jpeg(3, 0));
    assertThat(pictures.jpeg(3, 1)).isNotEqualTo(new SyntheticImages(CLASSES, 2, 32, 6).jpeg(3, 1));
  }

  @Test
  void theFolderIsALabelledClassLayout() throws IOException {
    new SyntheticImages(CLASSES, 3, 32, 5).write(folder);
    Labels labels = Labels.parse(Files.readString(folder.resolve(SyntheticImages.LABELS)), "words");
    PlainSample found =
        PlainSample.of(List.of(folder.toString()), labels, new ImageFiles(Map.of()));
    assertThat(found.images()).hasSize(3 * CLASSES);
    assertThat(found.sources().get(0).layout()).isEqualTo(Layout.CLASS_FOLDERS);
    assertThat(found.images())
        .allSatisfy(
            image -> assertThat(image.className()).isEqualTo(SyntheticImages.wnid(image.label())));
  }

  /** The nearest mean picture of 16 x 16 pixels is a poor classifier, and far above chance. */
  @Test
  void classesCanBeToldApart() {
    SyntheticImages pictures = new SyntheticImages(CLASSES, 20, 32, 5);
    double[][] means = new double[CLASSES][];
    for (int c = 0; c < CLASSES; c++) {
      means[c] = new double[16 * 16 * 3];
      for (int k = 0; k < 10; k++) {
        byte[] rgb = pixels(pictures.jpeg(c, k));
        for (int i = 0; i < rgb.length; i++) {
          means[c][i] += (rgb[i] & 0xff) / 10.0;
        }
      }
    }
    int right = 0;
    for (int c = 0; c < CLASSES; c++) {
      for (int k = 10; k < 20; k++) {
        right += nearest(means, pixels(pictures.jpeg(c, k))) == c ? 1 : 0;
      }
    }
    assertThat(right).isGreaterThan(10 * CLASSES / 2);
  }

  @Test
  void refusesNothingToDraw() {
    assertThatThrownBy(() -> new SyntheticImages(0, 1, 32, 1))
        .hasMessageContaining("Cannot draw 0 classes");
  }

  private static byte[] pixels(byte[] jpeg) {
    List<Double> half = List.of(0.5, 0.5, 0.5);
    Preprocessing small =
        new Preprocessing(16, 16, half, half, ChannelOrder.RGB, Interpolation.BILINEAR);
    return new ImagePreparer(small, ImageLimits.DEFAULT).prepare(jpeg, "x", "", -1).image().rgb();
  }

  private static int nearest(double[][] means, byte[] rgb) {
    int best = 0;
    double least = Double.MAX_VALUE;
    for (int c = 0; c < means.length; c++) {
      double distance = 0;
      for (int i = 0; i < rgb.length; i++) {
        double d = means[c][i] - (rgb[i] & 0xff);
        distance += d * d;
      }
      if (distance < least) {
        least = distance;
        best = c;
      }
    }
    return best;
  }
}
