package dev.thresher.sample;

import dev.thresher.image.PreparedImage;
import java.io.IOException;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/** Parts as Parquet's own writer makes them, with the columns in another order than ours. */
final class ParquetWritten {
  private static final MessageType SCHEMA =
      MessageTypeParser.parseMessageType(
          """
          message prepared_image {
            required binary id (STRING);
            required binary class (STRING);
            required int32 label;
            required int32 width;
            required int32 height;
            required binary rgb;
          }
          """);

  private ParquetWritten() {}

  static byte[] part(List<PreparedImage> images) throws IOException {
    MemoryFile.Output file = new MemoryFile.Output();
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(file)
            .withType(SCHEMA)
            .withConf(new Configuration(false))
            .withDictionaryEncoding(false)
            .build()) {
      for (PreparedImage image : images) {
        Group row = new SimpleGroup(SCHEMA);
        row.add("id", image.id());
        row.add("class", image.className());
        row.add("label", image.label());
        row.add("width", image.width());
        row.add("height", image.height());
        row.add("rgb", Binary.fromConstantByteArray(image.rgb()));
        writer.write(row);
      }
    }
    return file.toByteArray();
  }
}
