package dev.thresher.sample;

import java.io.IOException;

/** A Parquet file of images. */
record ParquetUnit(String file, long bytes) implements IndexUnit {
  private static final long serialVersionUID = 1L;

  @Override
  public IndexCursor open(ImageFiles files, Labels labels) throws IOException {
    return new Cursor(ParquetImages.open(files, file), labels);
  }

  private final class Cursor extends IndexCursor {
    private final ParquetImages images;
    private final Labels labels;
    private ParquetImages.Rows rows;
    private int rowGroup = -1;
    private int row;
    private long before;

    Cursor(ParquetImages images, Labels labels) {
      super(file);
      this.images = images;
      this.labels = labels;
    }

    @Override
    Indexed advance() throws IOException {
      while (rows == null || row == rows.count()) {
        before += rows == null ? 0 : rows.count();
        rowGroup++;
        row = 0;
        if (rowGroup == images.rowGroups()) {
          return null;
        }
        rows = images.names(rowGroup);
      }
      rows.advance();
      ClassClues clues = new ClassClues(labels, "row %d of %s".formatted(before + row, file));
      clues.index(rows.label());
      clues.file(rows.path());
      ImageLocation place = new ImageLocation.ParquetRow(file, rowGroup, row);
      String nameInstead = "%s-%09d".formatted(ImageNames.base(file), before + row);
      row++;
      return clues.image(place, nameInstead);
    }

    @Override
    public void close() throws IOException {
      images.close();
    }
  }
}
