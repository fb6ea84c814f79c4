package dev.thresher.sample;

import java.io.IOException;
import java.util.Optional;

/**
 * A Parquet file of images.
 *
 * @param columns which of its columns hold what
 * @param naming what its images are known by
 */
record ParquetUnit(String file, long bytes, TableColumns columns, Naming naming)
    implements IndexUnit {
  private static final long serialVersionUID = 1L;

  @Override
  public IndexCursor open(ImageFiles files, Labels labels) throws IOException {
    return new Cursor(ParquetImages.open(files, file, columns), labels);
  }

  @Override
  public ParquetUnit namedByPlace() {
    return new ParquetUnit(file, bytes, columns, Naming.BY_PLACE);
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
      String byPlace = "%s-%09d".formatted(ImageNames.base(file), before + row);
      ImageLocation.ParquetRow place = new ImageLocation.ParquetRow(file, rowGroup, row);
      row++;
      return indexed(place, byPlace);
    }

    private Indexed indexed(ImageLocation.ParquetRow row, String byPlace) {
      ClassClues clues = new ClassClues(labels, row.describe(byPlace));
      rows.label().ifPresent(label -> clues.label(label, images.classes()));
      String path = rows.path();
      clues.file(path);
      if (!images.hasPathsOnly(rowGroup)) {
        return clues.image(row, byPlace, naming);
      }
      Optional<String> objection =
          path.isEmpty()
              ? Optional.of("its row holds neither bytes nor a path")
              : Schemes.holdsPassword(path)
                  ? Optional.of(Schemes.PASSWORD)
                  : ImageNames.unprintable(path);
      if (objection.isPresent()) {
        return new ImageNote(row.describe(byPlace), objection.get());
      }
      try {
        String named = ImageFiles.resolve(folder(), path);
        return clues.image(
            new ImageLocation.WholeFile(named, ImageLocation.UNKNOWN), byPlace, naming);
      } catch (IOException e) {
        return new ImageNote(row.describe(byPlace), e.getMessage());
      }
    }

    private String folder() {
      String folder = ImageNames.parent(file);
      return folder.isEmpty() ? "." : folder;
    }

    @Override
    public void close() throws IOException {
      images.close();
    }
  }
}
