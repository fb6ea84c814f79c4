package dev.thresher.sample;

import java.util.OptionalInt;

/** An image as its source names it, before classes have indices. */
record Found(String path, String className, String name, OptionalInt listedLabel) {
  ImageRef labelled(Labels labels) {
    int label = listedLabel.orElseGet(() -> labels.label(path, className));
    return new ImageRef(path, className, name, label);
  }
}
