package dev.thresher.sample;

import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
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

  private final String location;
  private final SeekableFile file;
  private final ParquetFileReader reader;
  private final MessageType schema;

  private ParquetImages(String location, SeekableFile file, ParquetFileReader reader) {
    this.location = location;
    this.file = file;
    this.reader = reader;
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
      ParquetFileReader reader =
          ParquetFileReader.open(new Input(file), ParquetReadOptions.builder().build());
      ParquetImages images = new ParquetImages(location, file, reader);
      images.checkSchema();
      return images;
    } catch (SampleException e) {
      file.close();
      throw e;
    } catch (RuntimeException e) {
      file.close();
      throw damaged(location, e);
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
    return columns.isEmpty()
        ? new Rows(reader.getRowGroups().get(rowGroup).getRowCount())
        : rows(rowGroup, columns);
  }

  /** The column {@code image.bytes}. */
  Rows bytes(int rowGroup) throws IOException {
    GroupType image = schema.getType(IMAGE).asGroupType();
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
    } catch (RuntimeException e) {
      throw damaged(location, e);
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

  private static SampleException damaged(String location, RuntimeException e) {
    return new SampleException(
        "Cannot read the Parquet file %s: %s. Copy it again, and hold it against its checksum."
            .formatted(location, e.getMessage()),
        e);
  }

  @Override
  public void close() throws IOException {
    reader.close();
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
