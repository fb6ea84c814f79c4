package dev.thresher.sample;

/** How the images of a source are arranged. */
public enum Layout {
  /** The source is a file: lines of a path and, optionally, a label. */
  LIST,
  /** A folder of folders of images: each folder of the first level is a class. */
  CLASS_FOLDERS,
  /** A folder with images directly in it: no classes, whatever folders lie beside them. */
  UNLABELLED,
  /** Tar archives of images, or a tar archive of one such archive for each class. */
  TAR,
  /** Zip archives of images. */
  ZIP,
  /** Parquet files of rows {@code image: {bytes, path}, label}. */
  PARQUET,
  /** Tar archives in which members of one key make an image: its bytes, its class. */
  WEBDATASET
}
