package dev.thresher.sample;

import dev.thresher.image.PreparedImage;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.MessageColumnIO;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/**
 * A part as bytes: a Parquet file of one row for each image, in order.
 *
 * <p>Columns: id, class, label, width, height, rgb ([H, W, 3], 8 bits). Not compressed: 8-bit
 * photographs shrink by a fifth under zstd, and reading them then takes five times as long. The
 * same images give the same bytes.
 */
final class PartFormat {
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

  /** What a part takes beside its pixels, about. */
  private static final int ROOM = 64 << 10;

  private static final int LARGEST_ROOM = 64 << 20;

  private PartFormat() {}

  static byte[] encode(List<PreparedImage> images) {
    return encode(images, CompressionCodecName.UNCOMPRESSED);
  }

  static byte[] encode(List<PreparedImage> images, CompressionCodecName codec) {
    long pixels = images.stream().mapToLong(i -> 3L * i.height() * i.width()).sum();
    MemoryFile.Output file = new MemoryFile.Output((int) Math.min(pixels + ROOM, LARGEST_ROOM));
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(file)
            .withType(SCHEMA)
            .withConf(new Configuration(false))
            .withCompressionCodec(codec)
            .withDictionaryEncoding(false)
            .build()) {
      for (PreparedImage image : images) {
        writer.write(row(image));
      }
    } catch (IOException e) {
      throw new SampleException("Cannot encode a part: " + e.getMessage(), e);
    }
    return CanonicalFooter.of(file.toByteArray());
  }

  private static Group row(PreparedImage image) {
    Group row = new SimpleGroup(SCHEMA);
    row.add("id", image.id());
    row.add("class", image.className());
    row.add("label", image.label());
    row.add("width", image.width());
    row.add("height", image.height());
    row.add("rgb", Binary.fromConstantByteArray(image.rgb()));
    return row;
  }

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
