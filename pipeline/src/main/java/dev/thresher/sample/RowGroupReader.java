package dev.thresher.sample;

import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * Reads images from rows of tables that come in the order of file, row group and row, so that a row
 * group is read once.
 */
public final class RowGroupReader implements Closeable {
  private final ImageFiles files;
  private final TableColumns columns;
  private ImageLocation.ParquetRow at;
  private ParquetImages open;
  private ParquetImages.Rows rows;
  private int next;

  /** Reads with these, of tables of these columns. */
  public RowGroupReader(ImageFiles files, TableColumns columns) {
    this.files = files;
    this.columns = columns;
  }

  /** The image of a row, empty where the row has none. */
  public byte[] read(ImageLocation.ParquetRow row) {
    try {
      if (at == null || !at.file().equals(row.file())) {
        close();
        open = ParquetImages.open(files, row.file(), columns);
        at = null;
      }
      if (at == null || at.rowGroup() != row.rowGroup() || row.row() < next) {
        rows = open.bytes(row.rowGroup());
        next = 0;
      }
      at = row;
      while (next <= row.row()) {
        rows.advance();
        next++;
      }
      return rows.bytes().orElse(new byte[0]);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read %s: %s".formatted(row.file(), e), e);
    }
  }

  @Override
  public void close() {
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        // It was only read from.
      }
      open = null;
    }
  }
}
