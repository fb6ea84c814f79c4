package dev.thresher.sample;

/** What the user says about the layout of a source. */
public enum LayoutChoice {
  /** Tell it from what lies there, refuse what is ambiguous. */
  AUTO,
  /** A folder of images, or of folders of images. */
  FOLDERS,
  /** A tar archive, one of such archives, or a folder of them. */
  TAR,
  /** A zip archive or a folder of them. */
  ZIP,
  /** A Parquet file or a folder of them. */
  PARQUET,
  /** A WebDataset shard or a folder of them. */
  WEBDATASET,
  /** A file of paths. */
  LIST
}
