package dev.thresher.sample;

import dev.thresher.image.PreparedImage;
import java.util.OptionalInt;

/** An image as its source names it, before classes have indices. */
record Found(String path, String className, String name, OptionalInt listedLabel) {
  ImageRef labelled(Labels labels) {
    int label =
        listedLabel.orElseGet(
            () -> className.isEmpty() ? PreparedImage.UNLABELLED : labels.indexOf(className));
    return new ImageRef(path, className, name, label);
  }
}
