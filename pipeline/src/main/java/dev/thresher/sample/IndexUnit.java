package dev.thresher.sample;

import java.io.IOException;
import java.io.Serializable;

/**
 * A piece of a source that one task looks through: a class folder, an archive, a Parquet file, a
 * stretch of a list. The driver knows pieces, never their members.
 */
public sealed interface IndexUnit extends Serializable
    permits FolderUnit, ListUnit, TarUnit, WebDatasetUnit, ParquetUnit {
  /** What it holds, {@link ImageLocation#UNKNOWN} where only looking tells. */
  long bytes();

  /**
   * Looks through it; the caller closes.
   *
   * @param labels the classes that names and numbers are held against
   */
  IndexCursor open(ImageFiles files, Labels labels) throws IOException;
}
