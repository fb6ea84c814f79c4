package dev.thresher.sample;

import dev.thresher.image.PreparedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.EncodingStats;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.format.Util;
import org.apache.parquet.format.converter.ParquetMetadataConverter;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.ColumnPath;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.metadata.FileMetaData;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.schema.PrimitiveType;

/**
 * Makes a part: a Parquet file of one row group, whose columns have one page each, encoded PLAIN
 * and not compressed, with the pixels first.
 *
 * <p>Parquet's own writer copies pixels from buffer to buffer, which costs a third of what decoding
 * them does. Here the size is known beforehand: pixels are copied once, into the array that is
 * written, and hashed once.
 */
final class PartEncoder {
  private static final byte[] MAGIC = {'P', 'A', 'R', '1'};

  /** Parquet's format version; who wrote the file; both a part of its bytes. */
  private static final int VERSION = 1;

  private static final String CREATED_BY = "thresher version 1";

  private static final ParquetMetadataConverter CONVERTER = new ParquetMetadataConverter();

  private final List<PreparedImage> images;

  /** A part. */
  static final class EncodedPart {
    private final byte[] content;
    private final String sha256;
    private final String imagesSha256;

    private EncodedPart(byte[] content, String sha256, String imagesSha256) {
      this.content = content;
      this.sha256 = sha256;
      this.imagesSha256 = imagesSha256;
    }

    /** The Parquet file itself, not a copy. */
    byte[] content() {
      return content;
    }

    /** Of the content, hexadecimal. */
    String sha256() {
      return sha256;
    }

    /** Of the content's beginning, which is pixels and names: labels take no part. */
    String imagesSha256() {
      return imagesSha256;
    }
  }

  /** The columns of {@link PartFormat#SCHEMA}, in its order; the first ones are the images'. */
  private static final List<Column> COLUMNS =
      List.of(
          new Column("rgb", PreparedImage::pixelBytes, PreparedImage::putPixels),
          Column.text("id", PreparedImage::id),
          Column.text("class", PreparedImage::className),
          Column.number("label", PreparedImage::label),
          Column.number("width", PreparedImage::width),
          Column.number("height", PreparedImage::height));

  private static final String LAST_OF_IMAGES = "id";

  /**
   * A column, whose values PLAIN writes as they are, binary ones after their length.
   *
   * @param binary bytes of a value that has a length of its own; null for int32
   * @param put writes a value
   */
  private record Column(
      String title,
      ToIntFunction<PreparedImage> binary,
      BiConsumer<PreparedImage, ByteBuffer> put) {
    static Column text(String title, Function<PreparedImage, String> text) {
      return new Column(
          title,
          image -> utf8(text.apply(image)).length,
          (image, file) -> file.put(utf8(text.apply(image))));
    }

    static Column number(String title, ToIntFunction<PreparedImage> number) {
      return new Column(title, null, (image, file) -> file.putInt(number.applyAsInt(image)));
    }

    int size(PreparedImage image) {
      return Integer.BYTES + (binary == null ? 0 : binary.applyAsInt(image));
    }

    void put(PreparedImage image, ByteBuffer file) {
      if (binary != null) {
        file.putInt(binary.applyAsInt(image));
      }
      put.accept(image, file);
    }

    PrimitiveType type() {
      return PartFormat.SCHEMA.getType(title).asPrimitiveType();
    }

    private static byte[] utf8(String text) {
      return text.getBytes(StandardCharsets.UTF_8);
    }
  }

  /**
   * A column of these images.
   *
   * @param header of its page
   * @param bytes of its values
   */
  private record Chunk(Column column, ByteBuffer header, long bytes) {
    long length() {
      return header.limit() + bytes;
    }
  }

  private PartEncoder(List<PreparedImage> images) {
    this.images = images;
  }

  /** The same images give the same bytes, in every process. */
  static EncodedPart encode(List<PreparedImage> images) {
    try {
      return new PartEncoder(images).encode();
    } catch (IOException e) {
      throw new SampleException("Cannot encode a part: " + e.getMessage(), e);
    }
  }

  private EncodedPart encode() throws IOException {
    List<Chunk> chunks = images.isEmpty() ? List.of() : chunks();
    byte[] footer = footer(chunks);
    long pages = chunks.stream().mapToLong(Chunk::length).sum();
    long size = MAGIC.length + pages + footer.length + Integer.BYTES + MAGIC.length;
    if (size > Integer.MAX_VALUE) {
      throw new SampleException(
          "Cannot encode a part of %d images: it has %d bytes, at most %d can be written. Make sample.part-images smaller."
              .formatted(images.size(), size, Integer.MAX_VALUE));
    }
    ByteBuffer file = ByteBuffer.allocate((int) size).order(ByteOrder.LITTLE_ENDIAN).put(MAGIC);
    int imagesEnd = file.position();
    for (Chunk chunk : chunks) {
      file.put(chunk.header());
      images.forEach(image -> chunk.column().put(image, file));
      if (chunk.column().title().equals(LAST_OF_IMAGES)) {
        imagesEnd = file.position();
      }
    }
    file.put(footer).putInt(footer.length).put(MAGIC);
    return hashed(file.array(), imagesEnd);
  }

  private List<Chunk> chunks() throws IOException {
    List<Chunk> chunks = new ArrayList<>();
    for (Column column : COLUMNS) {
      long bytes = images.stream().mapToLong(column::size).sum();
      ByteArrayOutputStream header = new ByteArrayOutputStream();
      CONVERTER.writeDataPageV1Header(
          Math.toIntExact(bytes),
          Math.toIntExact(bytes),
          images.size(),
          Encoding.RLE,
          Encoding.RLE,
          Encoding.PLAIN,
          header);
      chunks.add(new Chunk(column, ByteBuffer.wrap(header.toByteArray()), bytes));
    }
    return chunks;
  }

  private byte[] footer(List<Chunk> chunks) throws IOException {
    BlockMetaData block = new BlockMetaData();
    block.setRowCount(images.size());
    block.setTotalByteSize(chunks.stream().mapToLong(Chunk::length).sum());
    long at = MAGIC.length;
    for (Chunk chunk : chunks) {
      block.addColumn(described(chunk, at));
      at += chunk.length();
    }
    ParquetMetadata metadata =
        new ParquetMetadata(
            new FileMetaData(PartFormat.SCHEMA, Map.of(), CREATED_BY),
            chunks.isEmpty() ? List.of() : List.of(block));
    ByteArrayOutputStream footer = new ByteArrayOutputStream();
    Util.writeFileMetaData(CONVERTER.toParquetMetadata(VERSION, metadata), footer);
    return footer.toByteArray();
  }

  private ColumnChunkMetaData described(Chunk chunk, long at) {
    PrimitiveType type = chunk.column().type();
    return ColumnChunkMetaData.get(
        ColumnPath.get(type.getName()),
        type,
        CompressionCodecName.UNCOMPRESSED,
        new EncodingStats.Builder().addDataEncoding(Encoding.PLAIN).build(),
        Set.of(Encoding.PLAIN),
        Statistics.createStats(type),
        at,
        0,
        images.size(),
        chunk.length(),
        chunk.length());
  }

  private static EncodedPart hashed(byte[] content, int imagesEnd) {
    MessageDigest digest = PartFormat.sha256();
    digest.update(content, 0, imagesEnd);
    MessageDigest beginning = copy(digest);
    digest.update(content, imagesEnd, content.length - imagesEnd);
    HexFormat hex = HexFormat.of();
    return new EncodedPart(
        content, hex.formatHex(digest.digest()), hex.formatHex(beginning.digest()));
  }

  private static MessageDigest copy(MessageDigest digest) {
    try {
      return (MessageDigest) digest.clone();
    } catch (CloneNotSupportedException e) {
      throw new IllegalStateException("Java's own SHA-256 can be copied; this is another one", e);
    }
  }
}
