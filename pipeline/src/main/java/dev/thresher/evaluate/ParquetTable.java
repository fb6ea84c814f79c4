package dev.thresher.evaluate;

import dev.thresher.evaluate.MetricsTable.Column;
import dev.thresher.evaluate.MetricsTable.IntegerColumn;
import dev.thresher.evaluate.MetricsTable.RealColumn;
import dev.thresher.evaluate.MetricsTable.TextColumn;
import dev.thresher.sample.CanonicalFooter;
import dev.thresher.sample.MemoryFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;

/** Writes a table as Parquet into memory. */
final class ParquetTable {
  /** Key of the schema's version in the file's metadata. */
  static final String VERSION_KEY = "thresher.schema.version";

  /** Key of the table's name in the file's metadata. */
  static final String NAME_KEY = "thresher.table";

  private ParquetTable() {}

  static <R> byte[] write(MetricsTable<R> table, List<R> rows) {
    MessageType schema = schema(table);
    MemoryFile.Output memory = new MemoryFile.Output();
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(memory)
            .withType(schema)
            .withConf(new Configuration(false))
            .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
            .withExtraMetaData(metadata(table))
            .build()) {
      for (R row : rows) {
        writer.write(group(table, schema, row));
      }
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot write the table " + table.name() + " to memory.", e);
    }
    return CanonicalFooter.of(memory.toByteArray());
  }

  private static Map<String, String> metadata(MetricsTable<?> table) {
    TreeMap<String, String> ordered = new TreeMap<>();
    ordered.put(VERSION_KEY, Integer.toString(MetricsTable.SCHEMA_VERSION));
    ordered.put(NAME_KEY, table.name());
    return ordered;
  }

  private static MessageType schema(MetricsTable<?> table) {
    Types.MessageTypeBuilder schema = Types.buildMessage();
    for (Column<?> column : table.columns()) {
      if (column instanceof TextColumn) {
        schema
            .optional(PrimitiveTypeName.BINARY)
            .as(LogicalTypeAnnotation.stringType())
            .named(column.name());
      } else if (column instanceof IntegerColumn) {
        schema.optional(PrimitiveTypeName.INT64).named(column.name());
      } else {
        schema.optional(PrimitiveTypeName.DOUBLE).named(column.name());
      }
    }
    return schema.named(table.name());
  }

  private static <R> Group group(MetricsTable<R> table, MessageType schema, R row) {
    Group group = new SimpleGroup(schema);
    for (Column<R> column : table.columns()) {
      if (column instanceof TextColumn<R> text) {
        String value = text.value().apply(row);
        if (!value.isEmpty()) {
          group.add(column.name(), value);
        }
      } else if (column instanceof IntegerColumn<R> integer) {
        OptionalLong value = integer.value().apply(row);
        value.ifPresent(v -> group.add(column.name(), v));
      } else if (column instanceof RealColumn<R> real) {
        OptionalDouble value = real.value().apply(row);
        value.ifPresent(v -> group.add(column.name(), v));
      }
    }
    return group;
  }
}
