package dev.thresher.sample;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.FileMetaData;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.DelegatingSeekableInputStream;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.io.SeekableInputStream;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/**
 * A Parquet file of images: a column of {@code {bytes, path}}, as Hugging Face writes image sets,
 * of bytes, or of paths, and beside it labels; reads only the columns that are asked for, one row
 * group at a time.
 */
final class ParquetImages implements Closeable {
  /** A page of names and labels; writers begin a new one after a megabyte. */
  private static final int LARGEST_PAGE_OF_NAMES = 16 << 20;

  /** A page of images; where writers count rows and not bytes, it holds a hundred or more. */
  private static final int LARGEST_PAGE = 128 << 20;

  /** What a row group's images may have, packed: they are read at once. */
  private static final long LARGEST_COLUMN = 512 << 20;

  private final String location;
  private final SeekableFile file;
  private final ParquetFileReader reader;
  private final BoundedCodecs codecs;
  private final MessageType schema;
  private final TableSchema columns;

  private ParquetImages(
      String location,
      SeekableFile file,
      ParquetFileReader reader,
      BoundedCodecs codecs,
      TableColumns wanted) {
    this.location = location;
    this.file = file;
    this.reader = reader;
    this.codecs = codecs;
    FileMetaData metadata = reader.getFooter().getFileMetaData();
    this.schema = metadata.getSchema();
    this.columns = TableSchema.of(schema, metadata.getKeyValueMetaData(), wanted, location);
  }

  /**
   * Opens a file.
   *
   * @throws SampleException if it is no Parquet file, or one of other columns
   */
  static ParquetImages open(ImageFiles files, String location, TableColumns columns)
      throws IOException {
    SeekableFile file = files.openSeekable(location);
    try {
      ParquetFooter.check(file);
      BoundedCodecs codecs = new BoundedCodecs();
      ParquetFileReader reader =
          ParquetFileReader.open(
              new Input(file), ParquetReadOptions.builder().withCodecFactory(codecs).build());
      ParquetImages images = new ParquetImages(location, file, reader, codecs, columns);
      images.checkExtents();
      return images;
    } catch (IOException | RuntimeException e) {
      file.close();
      throw refused(location, e);
    }
  }

  /** What columns and rows are said to take must be there: a reader makes room for it first. */
  private void checkExtents() {
    long rows = 0;
    for (BlockMetaData group : reader.getRowGroups()) {
      rows += Math.max(0, group.getRowCount());
      boolean isThere = group.getRowCount() >= 0 && rows <= file.length();
      for (ColumnChunkMetaData column : group.getColumns()) {
        long bytes = column.getTotalSize();
        isThere &= bytes >= 0 && column.getStartingPos() >= 0;
        isThere &= bytes <= file.length() - column.getStartingPos();
        if (isThere && bytes > LARGEST_COLUMN) {
          throw new SampleException(
              "Cannot read the Parquet file %s: a row group of it holds %d bytes of images, and %d are the limit. Write it again in smaller row groups, such as 100 rows."
                  .formatted(location, bytes, LARGEST_COLUMN));
        }
      }
      if (!isThere) {
        throw new IllegalArgumentException(
            "it says that it holds more than its %d bytes can".formatted(file.length()));
      }
    }
  }

  int rowGroups() {
    return reader.getRowGroups().size();
  }

  /** Names of the classes that numbers stand for; empty where the table does not say them. */
  List<String> classes() {
    return columns.classes();
  }

  /** Whether no row of a group holds the bytes of an image, only the path of a file. */
  boolean hasPathsOnly(int rowGroup) {
    if (columns.bytes().isEmpty()) {
      return true;
    }
    BlockMetaData group = reader.getRowGroups().get(rowGroup);
    String bytes = String.join(".", columns.bytes());
    return !columns.path().isEmpty()
        && group.getColumns().stream()
            .filter(column -> column.getPath().toDotString().equals(bytes))
            .anyMatch(
                column ->
                    column.getStatistics() != null
                        && column.getStatistics().isNumNullsSet()
                        && column.getStatistics().getNumNulls() == group.getRowCount());
  }

  /** The columns of paths and labels, where the file has them. */
  Rows names(int rowGroup) throws IOException {
    List<Type> wanted = new ArrayList<>();
    if (!columns.path().isEmpty()) {
      wanted.add(projected(columns.path()));
    }
    codecs.limit(LARGEST_PAGE_OF_NAMES);
    columns.label().map(schema::getType).ifPresent(wanted::add);
    return wanted.isEmpty()
        ? new Rows(location, columns, null, reader.getRowGroups().get(rowGroup).getRowCount())
        : rows(rowGroup, wanted);
  }

  /** The column of encoded images. */
  Rows bytes(int rowGroup) throws IOException {
    codecs.limit(LARGEST_PAGE);
    return rows(rowGroup, List.of(projected(columns.bytes())));
  }

  private Type projected(List<String> path) {
    Type column = schema.getType(path.get(0));
    return path.size() == 1
        ? column
        : column.asGroupType().withNewFields(column.asGroupType().getType(path.get(1)));
  }

  private Rows rows(int rowGroup, List<Type> projection) throws IOException {
    try {
      MessageType wanted = new MessageType(schema.getName(), projection);
      reader.setRequestedSchema(wanted);
      PageReadStore pages = reader.readRowGroup(rowGroup);
      RecordReader<Group> rows =
          new ColumnIOFactory()
              .getColumnIO(wanted)
              .getRecordReader(pages, new GroupRecordConverter(wanted));
      return new Rows(location, columns, rows, pages.getRowCount());
    } catch (IOException | RuntimeException e) {
      throw refused(location, e);
    }
  }

  /** What to throw: the refusal, or what was thrown where the file could not be read at all. */
  private static SampleException refused(String location, Exception e) throws IOException {
    if (e instanceof SampleException ours) {
      return ours;
    }
    if (e instanceof IOException failed && !(e instanceof EOFException) && !isOfParquet(e)) {
      throw failed;
    }
    return damaged(location, e);
  }

  /** What the library says itself, and no file system: it wraps nothing. */
  private static boolean isOfParquet(Exception e) {
    StackTraceElement[] trace = e.getStackTrace();
    return trace.length > 0 && trace[0].getClassName().startsWith("org.apache.parquet");
  }

  private static SampleException damaged(String location, Exception e) {
    return new SampleException(
        "Cannot read the Parquet file %s: %s. Copy it again, and hold it against its checksum."
            .formatted(location, reason(e)),
        e);
  }

  /** Parquet tells where it was, and its cause what is wrong. */
  private static String reason(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null) {
      root = root.getCause();
    }
    return root instanceof IllegalArgumentException ? root.getMessage() : e.getMessage();
  }

  @Override
  public void close() throws IOException {
    reader.close();
    codecs.release();
    file.close();
  }

  /** The rows of a group, in order. */
  static final class Rows {
    private final String location;
    private final TableSchema columns;

    /** Null where nothing of the rows is read. */
    private final RecordReader<Group> reader;

    private final long count;
    private Group row;

    private Rows(String location, TableSchema columns, RecordReader<Group> reader, long count) {
      this.location = location;
      this.columns = columns;
      this.reader = reader;
      this.count = count;
    }

    long count() {
      return count;
    }

    /** Goes to the next row. */
    void advance() {
      if (reader != null) {
        try {
          row = reader.read();
        } catch (RuntimeException e) {
          throw damaged(location, e);
        }
      }
    }

    /** The image's file, empty where the row does not say. */
    String path() {
      return binary(columns.path()).map(Binary::toStringUsingUTF8).orElse("");
    }

    /** The image's bytes; empty where the row holds none. */
    Optional<byte[]> bytes() {
      return binary(columns.bytes()).map(Binary::getBytes);
    }

    /** The label, a whole number or the name of a class; empty where the row has none. */
    Optional<String> label() {
      if (row == null || columns.label().isEmpty() || !has(row, columns.label().get())) {
        return Optional.empty();
      }
      String label = columns.label().get();
      return Optional.of(row.getValueToString(row.getType().getFieldIndex(label), 0));
    }

    private Optional<Binary> binary(List<String> path) {
      Group group = row;
      for (int i = 0; i < path.size() - 1 && has(group, path.get(i)); i++) {
        group = group.getGroup(path.get(i), 0);
      }
      String last = path.isEmpty() ? "" : path.get(path.size() - 1);
      return has(group, last) ? Optional.of(group.getBinary(last, 0)) : Optional.empty();
    }

    private static boolean has(Group group, String field) {
      return group != null
          && group.getType().containsField(field)
          && group.getFieldRepetitionCount(field) > 0;
    }
  }

  /** A file as Parquet wants it. */
  private record Input(SeekableFile file) implements InputFile {
    @Override
    public long getLength() {
      return file.length();
    }

    @Override
    public SeekableInputStream newStream() {
      PositionedStream in = new PositionedStream(file, 0, file.length());
      return new DelegatingSeekableInputStream(in) {
        @Override
        public long getPos() {
          return in.position();
        }

        @Override
        public void seek(long position) {
          in.seek(position);
        }
      };
    }
  }
}
