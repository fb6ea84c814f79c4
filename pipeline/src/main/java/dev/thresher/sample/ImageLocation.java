package dev.thresher.sample;

import java.io.Serializable;

/** Where the bytes of an image lie. */
public sealed interface ImageLocation extends Serializable {
  /** Size of a file whose listing did not say it. */
  long UNKNOWN = -1;

  /** The file that holds it. */
  String file();

  /** Bytes of the image, {@link #UNKNOWN} where only reading tells. */
  long bytes();

  /** As messages name it; {@code id} is the image's. */
  String describe(String id);

  /**
   * A file of its own.
   *
   * @param file a local path or an address that Hadoop understands
   */
  record WholeFile(String file, long bytes) implements ImageLocation {
    private static final long serialVersionUID = 1L;

    @Override
    public String describe(String id) {
      return file;
    }
  }

  /**
   * A range of an archive that is not compressed.
   *
   * @param file the archive
   * @param offset of the image's first byte in it
   * @param member its name in the archive
   */
  record ArchiveRange(String file, long offset, long bytes, String member)
      implements ImageLocation {
    private static final long serialVersionUID = 1L;

    @Override
    public String describe(String id) {
      return "%s!%s (byte %d)".formatted(file, member, offset);
    }
  }

  /**
   * A member of a zip archive.
   *
   * @param file the archive
   * @param header offset of its local header
   * @param packed bytes that it takes in the archive
   * @param deflated whether these are packed
   * @param member its name in the archive
   */
  record ZipMember(String file, long header, long packed, boolean deflated, String member)
      implements ImageLocation {
    private static final long serialVersionUID = 1L;

    /** Images hardly shrink. */
    @Override
    public long bytes() {
      return packed;
    }

    @Override
    public String describe(String id) {
      return "%s!%s".formatted(file, member);
    }
  }

  /**
   * A row of a Parquet file, in the column {@code image.bytes}.
   *
   * @param rowGroup from 0
   * @param row in its group, from 0
   */
  record ParquetRow(String file, int rowGroup, int row) implements ImageLocation {
    private static final long serialVersionUID = 1L;

    @Override
    public long bytes() {
      return UNKNOWN;
    }

    @Override
    public String describe(String id) {
      return "%s, row %d of row group %d".formatted(file, row, rowGroup);
    }
  }
}
