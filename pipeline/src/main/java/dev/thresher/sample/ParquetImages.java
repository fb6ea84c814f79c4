package dev.thresher.sample;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.DelegatingSeekableInputStream;
import org.apache.parquet.io.InputFile;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.io.SeekableInputStream;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;

/**
 * A Parquet file of {@code image: {bytes, path}, label}, as Hugging Face writes image sets; reads
 * only the columns that are asked for, one row group at a time.
 */
final class ParquetImages implements Closeable {
  private static final String IMAGE = "image";
  private static final String BYTES = "bytes";
  private static final String PATH = "path";
  private static final String LABEL = "label";

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

  private ParquetImages(
      String location, SeekableFile file, ParquetFileReader reader, BoundedCodecs codecs) {
    this.location = location;
    this.file = file;
    this.reader = reader;
    this.codecs = codecs;
    this.schema = reader.getFooter().getFileMetaData().getSchema();
  }

  /**
   * Opens a file.
   *
   * @throws SampleException if it is no Parquet file, or one of other columns
   */
  static ParquetImages open(ImageFiles files, String location) throws IOException {
    SeekableFile file = files.openSeekable(location);
    try {
      ParquetFooter.check(file);
      BoundedCodecs codecs = new BoundedCodecs();
      ParquetFileReader reader =
          ParquetFileReader.open(
              new Input(file), ParquetReadOptions.builder().withCodecFactory(codecs).build());
      ParquetImages images = new ParquetImages(location, file, reader, codecs);
      images.checkSchema();
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

  /** The columns {@code image.path} and {@code label}, where the file has them. */
  Rows names(int rowGroup) throws IOException {
    List<Type> columns = new ArrayList<>();
    GroupType image = schema.getType(IMAGE).asGroupType();
    if (image.containsField(PATH)) {
      columns.add(image.withNewFields(image.getType(PATH)));
    }
    if (schema.containsField(LABEL)) {
      columns.add(schema.getType(LABEL));
    }
    codecs.limit(LARGEST_PAGE_OF_NAMES);
    return columns.isEmpty()
        ? new Rows(reader.getRowGroups().get(rowGroup).getRowCount())
        : rows(rowGroup, columns);
  }

  /** The column {@code image.bytes}. */
  Rows bytes(int rowGroup) throws IOException {
    GroupType image = schema.getType(IMAGE).asGroupType();
    codecs.limit(LARGEST_PAGE);
    return rows(rowGroup, List.of(image.withNewFields(image.getType(BYTES))));
  }

  private Rows rows(int rowGroup, List<Type> columns) throws IOException {
    try {
      MessageType wanted = new MessageType(schema.getName(), columns);
      reader.setRequestedSchema(wanted);
      PageReadStore pages = reader.readRowGroup(rowGroup);
      RecordReader<Group> rows =
          new ColumnIOFactory()
              .getColumnIO(wanted)
              .getRecordReader(pages, new GroupRecordConverter(wanted));
      return new Rows(location, rows, pages.getRowCount());
    } catch (IOException | RuntimeException e) {
      throw refused(location, e);
    }
  }

  private void checkSchema() {
    boolean image =
        schema.containsField(IMAGE)
            && !schema.getType(IMAGE).isPrimitive()
            && isBinary(schema.getType(IMAGE).asGroupType(), BYTES);
    boolean label =
        !schema.containsField(LABEL)
            || (schema.getType(LABEL).isPrimitive()
                && List.of(PrimitiveTypeName.INT32, PrimitiveTypeName.INT64)
                    .contains(schema.getType(LABEL).asPrimitiveType().getPrimitiveTypeName()));
    if (!image || !label) {
      throw new SampleException(
          "Cannot find images in %s: its columns are %s; they must be image: struct<bytes: binary, path: string> and, where there are labels, label: int."
              .formatted(location, schema.getFields().stream().map(Type::getName).toList()));
    }
  }

  private static boolean isBinary(GroupType group, String field) {
    return group.containsField(field)
        && group.getType(field).isPrimitive()
        && group.getType(field).asPrimitiveType().getPrimitiveTypeName()
            == PrimitiveTypeName.BINARY;
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
    private final RecordReader<Group> reader;
    private final long count;
    private Group row;

    private Rows(String location, RecordReader<Group> reader, long count) {
      this.location = location;
      this.reader = reader;
      this.count = count;
    }

    /** Rows of which nothing is known. */
    private Rows(long count) {
      this("", null, count);
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
      return has(row, IMAGE) && has(row.getGroup(IMAGE, 0), PATH)
          ? row.getGroup(IMAGE, 0).getString(PATH, 0)
          : "";
    }

    /** The index of the class, -1 where the row has none. */
    long label() {
      if (!has(row, LABEL)) {
        return -1;
      }
      Type type = row.getType().getType(LABEL);
      return type.asPrimitiveType().getPrimitiveTypeName() == PrimitiveTypeName.INT32
          ? row.getInteger(LABEL, 0)
          : row.getLong(LABEL, 0);
    }

    /** The image's bytes, empty where the row holds none. */
    byte[] bytes() {
      return has(row, IMAGE) && has(row.getGroup(IMAGE, 0), BYTES)
          ? row.getGroup(IMAGE, 0).getBinary(BYTES, 0).getBytes()
          : new byte[0];
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
