package dev.thresher.image;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a network expects to have been done to an image.
 *
 * <p>Resize so that the short side is {@code resize} (long side int(resize * long / short), as
 * torchvision), cut {@code crop} x {@code crop} out of the middle (offsets rounded half to even),
 * then for channel c of {@code channelOrder}: y = (x / 255 - mean[c]) / std[c], x in [0, 255].
 *
 * <p>A crop larger than the resized short side is refused rather than padded with zeros: no network
 * is trained on such borders.
 *
 * @param resize short side after resizing, in pixels
 * @param crop side of the square that is cut out, in pixels, at most {@code resize}
 * @param mean one finite number for each channel, in channel order, in units of x / 255
 * @param std one positive number for each channel, in channel order, in units of x / 255
 * @param channelOrder order of the channels that the network reads
 * @param interpolation filter of the resize
 */
public record Preprocessing(
    int resize,
    int crop,
    List<Double> mean,
    List<Double> std,
    ChannelOrder channelOrder,
    Interpolation interpolation)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Channels of every image. */
  public static final int CHANNELS = 3;

  /** Larger resizes are taken for mistakes; the largest in use for mobile networks is about 600. */
  private static final int MAX_RESIZE = 4096;

  /** As torchvision's classification references: 256, 224, ImageNet's mean and deviation. */
  public static final Preprocessing IMAGENET_TORCHVISION =
      new Preprocessing(
          256,
          224,
          List.of(0.485, 0.456, 0.406),
          List.of(0.229, 0.224, 0.225),
          ChannelOrder.RGB,
          Interpolation.BILINEAR);

  /** 256, 224, x / 255. */
  public static final Preprocessing IMAGENET_ZERO_TO_ONE =
      new Preprocessing(
          256,
          224,
          List.of(0.0, 0.0, 0.0),
          List.of(1.0, 1.0, 1.0),
          ChannelOrder.RGB,
          Interpolation.BILINEAR);

  /** 256, 224, the pixels as they are: for networks that scale their input themselves. */
  public static final Preprocessing IMAGENET_ZERO_TO_255 =
      new Preprocessing(
          256,
          224,
          List.of(0.0, 0.0, 0.0),
          List.of(1 / 255.0, 1 / 255.0, 1 / 255.0),
          ChannelOrder.RGB,
          Interpolation.BILINEAR);

  /** As Keras' and TensorFlow's MobileNets: 256, 224, x / 127.5 - 1. */
  public static final Preprocessing IMAGENET_MINUS_ONE_TO_ONE =
      new Preprocessing(
          256,
          224,
          List.of(0.5, 0.5, 0.5),
          List.of(0.5, 0.5, 0.5),
          ChannelOrder.RGB,
          Interpolation.BILINEAR);

  private static final Map<String, Preprocessing> PRESETS =
      new TreeMap<>(
          Map.of(
              "imagenet-torchvision", IMAGENET_TORCHVISION,
              "imagenet-minus-one-to-one", IMAGENET_MINUS_ONE_TO_ONE,
              "imagenet-zero-to-one", IMAGENET_ZERO_TO_ONE,
              "imagenet-zero-to-255", IMAGENET_ZERO_TO_255));

  /** Refuses sizes and numbers that no image can be prepared with. */
  public Preprocessing {
    if (resize < 1 || resize > MAX_RESIZE) {
      throw new IllegalArgumentException(
          "Cannot resize the short side of images to %d pixels: give a number from 1 to %d."
              .formatted(resize, MAX_RESIZE));
    }
    if (crop < 1 || crop > resize) {
      throw new IllegalArgumentException(
          "Cannot crop %d x %d pixels out of images whose short side is resized to %d: give a crop from 1 to %d, or a larger resize."
              .formatted(crop, crop, resize, resize));
    }
    mean = List.copyOf(mean);
    std = List.copyOf(std);
    if (mean.size() != CHANNELS || std.size() != CHANNELS) {
      throw new IllegalArgumentException(
          "Cannot normalize %d channels with %d means and %d deviations: give %d of each."
              .formatted(CHANNELS, mean.size(), std.size(), CHANNELS));
    }
    for (int c = 0; c < CHANNELS; c++) {
      if (!Double.isFinite(mean.get(c))) {
        throw new IllegalArgumentException(
            "Cannot normalize channel %d with mean %s: give a finite number."
                .formatted(c, mean.get(c)));
      }
      if (!(Double.isFinite(std.get(c)) && std.get(c) > 0)) {
        throw new IllegalArgumentException(
            "Cannot normalize channel %d with deviation %s: give a finite number above 0."
                .formatted(c, std.get(c)));
      }
    }
  }

  /** Names of the presets, sorted. */
  public static List<String> presetNames() {
    return List.copyOf(PRESETS.keySet());
  }

  /**
   * The preset of that name.
   *
   * @throws IllegalArgumentException if there is none; the message lists those there are
   */
  public static Preprocessing preset(String name) {
    Preprocessing preset = PRESETS.get(name);
    if (preset == null) {
      throw new IllegalArgumentException(
          "Cannot find preprocessing '%s': the presets are %s; or give resize, crop, mean, std and channel order."
              .formatted(name, String.join(", ", PRESETS.keySet())));
    }
    return preset;
  }
}
