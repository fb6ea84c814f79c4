package dev.thresher.sample;

import dev.thresher.image.PreparedImage;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/**
 * A part as bytes: a Parquet file of one row for each image, in order, which {@link PartEncoder}
 * makes.
 *
 * <p>Columns: rgb ([H, W, 3], 8 bits), id, class, label, width, height. Not compressed: 8-bit
 * photographs shrink by a fifth under zstd, and reading them then takes five times as long.
 */
final class PartFormat {
  static final MessageType SCHEMA =
      MessageTypeParser.parseMessageType(
          """
          message prepared_image {
            required binary rgb;
            required binary id (STRING);
            required binary class (STRING);
            required int32 label;
            required int32 width;
            required int32 height;
          }
          """);

  private PartFormat() {}

  /** The images of a part whose bytes have been checked; {@code name} is for messages. */
  static List<PreparedImage> decode(byte[] content, String name) {
    List<PreparedImage> images = new ArrayList<>();
    try (ParquetFileReader reader =
        new ParquetFileReader(
            new MemoryFile.Input(content), ParquetReadOptions.builder().build())) {
      MessageColumnIO columns = new ColumnIOFactory().getColumnIO(SCHEMA);
      PageReadStore pages;
      while ((pages = reader.readNextRowGroup()) != null) {
        RecordReader<Group> rows = columns.getRecordReader(pages, new GroupRecordConverter(SCHEMA));
        for (long i = 0; i < pages.getRowCount(); i++) {
          images.add(image(rows.read()));
        }
      }
    } catch (IOException | RuntimeException e) {
      throw new SampleException(
          "Cannot read %s: it is not a part of prepared images (%s). Run the stage 'sample' again."
              .formatted(name, e.getMessage()),
          e);
    }
    return images;
  }

  private static PreparedImage image(Group row) {
    return PreparedImage.of(
        row.getString("id", 0),
        row.getString("class", 0),
        row.getInteger("label", 0),
        row.getInteger("height", 0),
        row.getInteger("width", 0),
        row.getBinary("rgb", 0).getBytesUnsafe());
  }

  static String sha256(byte[] content) {
    return HexFormat.of().formatHex(sha256().digest(content));
  }

  static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256 is part of every Java platform", e);
    }
  }
}
