package dev.thresher.sample;

/** How the images of a source are arranged, told from what lies there. */
public enum Layout {
  /** The source is a file: lines of a path and, optionally, a label. */
  LIST,
  /** A folder of folders of images: each folder of the first level is a class. */
  CLASS_FOLDERS,
  /** A folder with images directly in it: no classes, whatever folders lie beside them. */
  UNLABELLED
}
