package dev.thresher.sample;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.image.PreparedImage;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.parquet.format.ColumnMetaData;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.Util;
import org.junit.jupiter.api.Test;

class CanonicalFooterTest {
  private static final List<PreparedImage> IMAGES =
      List.of(PreparedImage.of("a", "n1", 0, 1, 2, new byte[] {1, 2, 3, 4, 5, 6}));

  @Test
  void whateverOrderAProcessGaveTheEncodingsTheBytesAreTheSame() throws Exception {
    byte[] file = CanonicalFooter.of(ParquetWritten.part(IMAGES));

    byte[] asAnotherProcess = withReversedEncodings(file);

    assertThat(asAnotherProcess).isNotEqualTo(file);
    assertThat(CanonicalFooter.of(asAnotherProcess)).isEqualTo(file);
  }

  @Test
  void anOrderedFileStaysAsItIsAndReadable() throws Exception {
    byte[] file = CanonicalFooter.of(ParquetWritten.part(IMAGES));

    assertThat(CanonicalFooter.of(file)).isEqualTo(file);
    PreparedImage read = PartFormat.decode(file, "part").get(0);
    assertThat(read.id()).isEqualTo("a");
    assertThat(read.rgb()).containsExactly(1, 2, 3, 4, 5, 6);
  }

  private static byte[] withReversedEncodings(byte[] file) throws Exception {
    int length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getInt(file.length - 8);
    int begin = file.length - 8 - length;
    FileMetaData footer = Util.readFileMetaData(new ByteArrayInputStream(file, begin, length));
    footer
        .getRow_groups()
        .forEach(
            group ->
                group
                    .getColumns()
                    .forEach(
                        column -> {
                          ColumnMetaData data = column.getMeta_data();
                          Collections.reverse(data.getEncodings());
                        }));
    ByteArrayOutputStream changed = new ByteArrayOutputStream();
    changed.write(file, 0, begin);
    Util.writeFileMetaData(footer, changed);
    int written = changed.size() - begin;
    ByteBuffer tail = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putInt(written);
    tail.put(Arrays.copyOfRange(file, file.length - 4, file.length));
    changed.write(tail.array());
    return changed.toByteArray();
  }
}
