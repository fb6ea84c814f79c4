package dev.thresher.jobs.config;

import java.util.List;

/**
 * How an image becomes the network's input: shorter side to {@code resize} pixels, the central
 * square of {@code crop} pixels, then (x / 255 - mean) / std per channel.
 */
public record Preprocessing(
    int resize, int crop, List<Double> mean, List<Double> std, Channels channels) {
  private static final String KEY = "model.preprocessing";
  private static final int MAX_SIDE = 4096;
  static final List<String> PARTS =
      List.of(KEY + ".resize", KEY + ".crop", KEY + ".mean", KEY + ".std", KEY + ".channels");

  /** Order of the input's channels. */
  public enum Channels {
    /** Red first. */
    RGB,
    /** Blue first. */
    BGR
  }

  /** The presets by name. */
  enum Preset {
    IMAGENET_TORCHVISION,
    IMAGENET_MINUS_ONE_TO_ONE;

    Preprocessing steps() {
      List<Double> half = List.of(0.5, 0.5, 0.5);
      return switch (this) {
        case IMAGENET_TORCHVISION ->
            new Preprocessing(
                256, 224, List.of(0.485, 0.456, 0.406), List.of(0.229, 0.224, 0.225), Channels.RGB);
        case IMAGENET_MINUS_ONE_TO_ONE -> new Preprocessing(256, 224, half, half, Channels.RGB);
      };
    }
  }

  /** Copies the lists. */
  public Preprocessing {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
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
        keys.choice(KEY + ".channels", Channels.class));
  }
}
