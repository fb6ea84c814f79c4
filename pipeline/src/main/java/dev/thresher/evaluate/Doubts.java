package dev.thresher.evaluate;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Why figures may say less than they seem to: what a user should look into before the quantized
 * network is believed or blamed.
 */
public final class Doubts {
  /** A trained network is better than chance by this share of what is left to be right. */
  private static final double LEAST_SKILL = 0.2;

  /** Fewer images tell nothing about a share. */
  private static final int FEW_IMAGES = 20;

  private Doubts() {}

  /** Sentences, each with what to try; nothing where the figures can be trusted. */
  public static List<String> of(Evaluation evaluation) {
    List<String> doubts = new ArrayList<>();
    Comparison any = evaluation.comparisons().get(0);
    if (any.images() < FEW_IMAGES) {
      doubts.add(
          String.format(
              Locale.ROOT,
              "figures of %s say little: give data.validation more images",
              any.images() == 1 ? "one image" : any.images() + " images"));
    }
    long first =
        evaluation.images().stream().map(image -> image.floats().first()).distinct().count();
    if (first == 1 && any.images() > 1) {
      doubts.add(
          String.format(
              Locale.ROOT,
              "the float network puts one class first on all %d images, so that agreement says nothing: look at the images and at model.preprocessing, and read RMSE and signal to noise",
              any.images()));
    }
    unskilled(any).ifPresent(doubts::add);
    return doubts;
  }

  /** Top-1 of the float network that is near chance with 95 % confidence. */
  private static Optional<String> unskilled(Comparison any) {
    double chance = 1.0 / Ranking.classes(any.classes());
    double least = chance + LEAST_SKILL * (1 - chance);
    Proportion top1 = Proportion.of(any.floatTop1(), any.labelled());
    if (top1.high().orElse(100) >= 100 * least) {
      return Optional.empty();
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "the float network itself is right on %.1f %% of %d labelled images, where guessing among %d classes gives %.1f %%: the images' preprocessing or the order of the labels is probably wrong. Try model.preprocessing of the network's training (imagenet-torchvision, imagenet-minus-one-to-one, imagenet-zero-to-one, imagenet-zero-to-255, or channels = bgr), and hold data.labels against the order of the network's outputs",
            top1.percent().orElse(0),
            any.labelled(),
            Ranking.classes(any.classes()),
            100 * chance));
  }
}
