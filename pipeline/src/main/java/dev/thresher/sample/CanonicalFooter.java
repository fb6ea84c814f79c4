package dev.thresher.sample;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Comparator;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.PageEncodingStats;
import org.apache.parquet.format.Util;

/**
 * Orders what parquet-mr leaves to chance in the footer of a file: the lists of encodings come from
 * hash sets of enumeration constants, whose order differs from one Java process to another. Without
 * this, a task that is done again by another executor would write other bytes under the same name.
 */
public final class CanonicalFooter {
  private static final byte[] MAGIC = {'P', 'A', 'R', '1'};

  /** The footer's length and the magic number end a file. */
  private static final int TAIL = Integer.BYTES + MAGIC.length;

  private CanonicalFooter() {}

  /**
   * The same file with an ordered footer; equal tables then give equal bytes in every process.
   *
   * @param file a whole Parquet file
   */
  public static byte[] of(byte[] file) {
    try {
      return withOrderedFooter(file);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot order the footer of a Parquet file in memory.", e);
    }
  }

  private static byte[] withOrderedFooter(byte[] file) throws IOException {
    int length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(file.length - TAIL);
    int begin = file.length - TAIL - length;
    FileMetaData footer = Util.readFileMetaData(new ByteArrayInputStream(file, begin, length));
    footer
        .getRow_groups()
        .forEach(group -> group.getColumns().forEach(column -> order(column.getMeta_data())));
    ByteArrayOutputStream ordered = new ByteArrayOutputStream(file.length);
    ordered.write(file, 0, begin);
    Util.writeFileMetaData(footer, ordered);
    int written = ordered.size() - begin;
    ordered.write(
        ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(written).array());
    ordered.write(MAGIC);
    return ordered.toByteArray();
  }

  private static void order(ColumnMetaData column) {
    column.getEncodings().sort(Comparator.naturalOrder());
    if (column.isSetEncoding_stats()) {
      column
          .getEncoding_stats()
          .sort(
              Comparator.comparing(PageEncodingStats::getPage_type)
                  .thenComparing(PageEncodingStats::getEncoding));
    }
  }
}
