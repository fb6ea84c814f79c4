package dev.thresher.jobs.config;

import dev.thresher.image.ChannelOrder;
import dev.thresher.image.Interpolation;
import dev.thresher.image.Preprocessing;
import java.util.List;

/** Reads model.preprocessing: the name of a preset, or an object with every part. */
final class PreprocessingReader {
  private static final String KEY = "model.preprocessing";
  private static final int MAX_SIDE = 4096;
  static final List<String> PARTS =
      List.of(KEY + ".resize", KEY + ".crop", KEY + ".mean", KEY + ".std", KEY + ".channels");

  private PreprocessingReader() {}

  /** The presets by name. */
  private enum Preset {
    IMAGENET_TORCHVISION,
    IMAGENET_MINUS_ONE_TO_ONE,
    IMAGENET_ZERO_TO_ONE,
    IMAGENET_ZERO_TO_255;

    Preprocessing steps() {
      return switch (this) {
        case IMAGENET_TORCHVISION -> Preprocessing.IMAGENET_TORCHVISION;
        case IMAGENET_MINUS_ONE_TO_ONE -> Preprocessing.IMAGENET_MINUS_ONE_TO_ONE;
        case IMAGENET_ZERO_TO_ONE -> Preprocessing.IMAGENET_ZERO_TO_ONE;
        case IMAGENET_ZERO_TO_255 -> Preprocessing.IMAGENET_ZERO_TO_255;
      };
    }
  }

  static Preprocessing read(KeyReader keys) {
    if (!keys.hasKeysUnder(KEY)) {
      return keys.choice(KEY, Preset.class).steps();
    }
    int resize = keys.integer(KEY + ".resize", 1, MAX_SIDE);
    int crop = keys.integer(KEY + ".crop", 1, MAX_SIDE);
    if (crop > resize) {
      keys.problem(KEY + ".crop", crop + "", "at most " + KEY + ".resize, which is " + resize);
    }
    return new Preprocessing(
        resize,
        crop,
        keys.decimals(KEY + ".mean", 3, "three numbers", Double::isFinite),
        keys.decimals(KEY + ".std", 3, "three numbers above 0", d -> Double.isFinite(d) && d > 0),
        keys.choice(KEY + ".channels", ChannelOrder.class),
        Interpolation.BILINEAR);
  }
}
