package dev.thresher.report;

import dev.thresher.sample.MemoryFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Types;

/** Rows as Parquet; a column's type is that of its values, and a row may lack any. */
final class RowsFile {
  private RowsFile() {}

  static byte[] of(List<String> columns, List<Map<String, Object>> rows) {
    Types.MessageTypeBuilder builder = Types.buildMessage();
    for (String column : columns) {
      Object example =
          rows.stream().map(r -> r.get(column)).filter(v -> v != null).findFirst().orElse("");
      if (example instanceof String) {
        builder
            .optional(PrimitiveTypeName.BINARY)
            .as(LogicalTypeAnnotation.stringType())
            .named(column);
      } else {
        builder
            .optional(
                example instanceof Double ? PrimitiveTypeName.DOUBLE : PrimitiveTypeName.INT64)
            .named(column);
      }
    }
    MessageType schema = builder.named("rows");
    MemoryFile.Output memory = new MemoryFile.Output();
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(memory)
            .withType(schema)
            .withConf(new Configuration(false))
            .build()) {
      for (Map<String, Object> row : rows) {
        writer.write(group(schema, row));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return memory.toByteArray();
  }

  private static Group group(MessageType schema, Map<String, Object> row) {
    Group group = new SimpleGroup(schema);
    row.forEach(
        (column, value) -> {
          if (value instanceof String text) {
            group.add(column, text);
          } else if (value instanceof Double real) {
            group.add(column, real);
          } else {
            group.add(column, ((Number) value).longValue());
          }
        });
    return group;
  }
}
