package dev.thresher.report;

import dev.thresher.sample.MemoryFile;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;

/**
 * A table of {@code metrics/}: texts, integers and reals by column. A column that the file does not
 * have reads as absent values, so that tables of other versions can be shown as far as they go.
 */
final class Table {
  private static final Table NONE = new Table(Map.of(), 0);

  private final Map<String, List<Object>> columns;
  private final int size;

  private Table(Map<String, List<Object>> columns, int size) {
    this.columns = columns;
    this.size = size;
  }

  /** No rows. */
  static Table none() {
    return NONE;
  }

  /**
   * Reads a Parquet file of flat columns.
   *
   * @param key of the object, for messages
   * @throws ReportException for anything else
   */
  static Table parse(byte[] parquet, String key) {
    Map<String, List<Object>> columns = new LinkedHashMap<>();
    int size = 0;
    try (ParquetFileReader reader =
        new ParquetFileReader(
            new MemoryFile.Input(parquet), ParquetReadOptions.builder().build())) {
      MessageType schema = reader.getFileMetaData().getSchema();
      schema.getFields().forEach(field -> columns.put(field.getName(), new ArrayList<>()));
      for (PageReadStore pages = reader.readNextRowGroup();
          pages != null;
          pages = reader.readNextRowGroup()) {
        RecordReader<Group> rows =
            new ColumnIOFactory()
                .getColumnIO(schema)
                .getRecordReader(pages, new GroupRecordConverter(schema));
        for (long i = 0; i < pages.getRowCount(); i++) {
          Group row = rows.read();
          columns.forEach((name, values) -> values.add(value(row, name)));
          size++;
        }
      }
    } catch (IOException | RuntimeException e) {
      throw new ReportException(
          "Cannot read %s: it is no table (%s). Run the stage that wrote it again."
              .formatted(key, e.getMessage()),
          e);
    }
    return new Table(columns, size);
  }

  private static Object value(Group row, String name) {
    if (row.getFieldRepetitionCount(name) == 0) {
      return null;
    }
    PrimitiveTypeName type = row.getType().getType(name).asPrimitiveType().getPrimitiveTypeName();
    return switch (type) {
      case INT64 -> row.getLong(name, 0);
      case INT32 -> (long) row.getInteger(name, 0);
      case DOUBLE -> row.getDouble(name, 0);
      case FLOAT -> (double) row.getFloat(name, 0);
      case BINARY -> row.getString(name, 0);
      default -> row.getValueToString(row.getType().getFieldIndex(name), 0);
    };
  }

  /** Number of rows. */
  int size() {
    return size;
  }

  boolean isEmpty() {
    return size == 0;
  }

  /** All rows, in order. */
  Stream<Row> rows() {
    return IntStream.range(0, size).mapToObj(Row::new);
  }

  /** One row; values are absent where the table says nothing. */
  final class Row {
    private final int index;

    private Row(int index) {
      this.index = index;
    }

    private Optional<Object> value(String column) {
      return Optional.ofNullable(columns.get(column)).map(values -> values.get(index));
    }

    String text(String column) {
      return value(column).map(Object::toString).orElse("");
    }

    OptionalLong integer(String column) {
      return value(column)
          .filter(Long.class::isInstance)
          .map(v -> OptionalLong.of((Long) v))
          .orElse(OptionalLong.empty());
    }

    /** The integer of a column that every row has; 0 where it has none all the same. */
    long count(String column) {
      return integer(column).orElse(0);
    }

    OptionalDouble real(String column) {
      return value(column)
          .filter(Number.class::isInstance)
          .map(v -> OptionalDouble.of(((Number) v).doubleValue()))
          .orElse(OptionalDouble.empty());
    }
  }
}
