package dev.thresher.jobs;

import dev.thresher.sample.SyntheticImages;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * The quick start's own data: drawn pictures of {@value #CLASSES} classes, and a small MobileNet-v2
 * that was trained on them (deploy/quickstart/train_network.py) and is shipped with Thresher.
 */
final class Quickstart {
  static final int CLASSES = 24;
  private static final int TRAIN_IMAGES_OF_A_CLASS = 40;
  private static final int VALIDATION_IMAGES_OF_A_CLASS = 100;
  private static final int SIDE = 72;
  private static final int TRAIN_SEED = 1;
  private static final int VALIDATION_SEED = 2;
  private static final Path FOLDER = Path.of("thresher-data", "quickstart");
  private static final String NETWORK = "shapes-mobilenet-v2.onnx";

  private Quickstart() {}

  /**
   * Writes network and pictures; the same every time, so that what is there may be written over.
   *
   * @return the configuration that uses them
   */
  static Map<String, String> prepare() {
    Path images = FOLDER.resolve("images");
    Path network = FOLDER.resolve(NETWORK);
    try (InputStream shipped = Quickstart.class.getResourceAsStream("quickstart/" + NETWORK)) {
      Files.createDirectories(FOLDER);
      Files.write(network, shipped.readAllBytes());
      draw(images.resolve("train"), TRAIN_IMAGES_OF_A_CLASS, TRAIN_SEED);
      draw(images.resolve("validation"), VALIDATION_IMAGES_OF_A_CLASS, VALIDATION_SEED);
    } catch (IOException e) {
      throw new BadInputException(
          "Cannot write the quick start's data to "
              + FOLDER.toAbsolutePath()
              + ": "
              + e
              + "; start it in a folder that you may write to",
          e);
    }
    Map<String, String> values = new TreeMap<>();
    values.put("model.path", network.toString());
    values.put("data.train", images.resolve("train").toString());
    values.put("data.validation", images.resolve("validation").toString());
    values.put("data.labels", images.resolve("train").resolve(SyntheticImages.LABELS).toString());
    return values;
  }

  private static void draw(Path folder, int imagesOfAClass, int seed) throws IOException {
    new SyntheticImages(CLASSES, imagesOfAClass, SIDE, seed).write(folder);
  }
}
