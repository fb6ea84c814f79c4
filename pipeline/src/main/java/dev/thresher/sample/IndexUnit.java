package dev.thresher.sample;

import java.io.IOException;
import java.io.Serializable;

/**
 * A piece of a source that one task looks through: a class folder, an archive, a Parquet file, a
 * stretch of a list. The driver knows pieces, never their members.
 */
public sealed interface IndexUnit extends Serializable
    permits FolderUnit, ListUnit, TarUnit, WebDatasetUnit, ParquetUnit, ZipUnit {
  /** What it holds, {@link ImageLocation#UNKNOWN} where only looking tells. */
  long bytes();

  /**
   * The same, its images known by their places instead of the names that they say; itself where
   * images are files, which have names of their own.
   */
  default IndexUnit namedByPlace() {
    return this;
  }

  /** What its images are known by. */
  default Naming naming() {
    return Naming.PLAIN;
  }

  /**
   * Looks through it; the caller closes.
   *
   * @param labels the classes that names and numbers are held against
   */
  IndexCursor open(ImageFiles files, Labels labels) throws IOException;
}
