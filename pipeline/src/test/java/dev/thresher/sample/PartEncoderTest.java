package dev.thresher.sample;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.image.PreparedImage;
import dev.thresher.sample.PartEncoder.EncodedPart;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.junit.jupiter.api.Test;

class PartEncoderTest {
  private static List<PreparedImage> images(int count, int firstLabel) {
    Random random = new Random(3);
    List<PreparedImage> images = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] rgb = new byte[2 * (i + 1) * 3];
      random.nextBytes(rgb);
      images.add(PreparedImage.of("ç/" + i, "ç", firstLabel + i, 2, i + 1, rgb));
    }
    return images;
  }

  @Test
  void labelsTakeNoPartInTheHashOfTheImagesAndAllElseDoes() {
    EncodedPart part = PartEncoder.encode(images(4, 0));

    EncodedPart relabelled = PartEncoder.encode(images(4, 7));
    assertThat(relabelled.imagesSha256()).isEqualTo(part.imagesSha256());
    assertThat(relabelled.sha256()).isNotEqualTo(part.sha256());

    PreparedImage first = images(4, 0).get(0);
    byte[] darker = first.rgb();
    darker[5] ^= 1;
    for (PreparedImage other :
        List.of(
            PreparedImage.of("ç/x", "ç", 0, 2, 1, first.rgb()),
            PreparedImage.of("ç/0", "ç", 0, 2, 1, darker))) {
      List<PreparedImage> changed = new ArrayList<>(images(4, 0));
      changed.set(0, other);
      assertThat(PartEncoder.encode(changed).imagesSha256()).isNotEqualTo(part.imagesSha256());
    }
    assertThat(PartEncoder.encode(images(3, 0)).imagesSha256()).isNotEqualTo(part.imagesSha256());
  }

  @Test
  void theHashIsThatOfTheWholeFile() {
    EncodedPart part = PartEncoder.encode(images(4, 0));
    assertThat(part.sha256()).isEqualTo(PartFormat.sha256(part.content()));
  }

  /** What Parquet's reader makes of the footer: it finds every column where it says. */
  @Test
  void columnsFillTheFileWithoutGaps() throws Exception {
    EncodedPart part = PartEncoder.encode(images(5, 0));
    try (ParquetFileReader reader =
        new ParquetFileReader(
            new MemoryFile.Input(part.content()), ParquetReadOptions.builder().build())) {
      assertThat(reader.getRecordCount()).isEqualTo(5);
      assertThat(reader.getFileMetaData().getSchema()).isEqualTo(PartFormat.SCHEMA);
      List<ColumnChunkMetaData> columns = reader.getRowGroups().get(0).getColumns();
      assertThat(columns).hasSize(PartFormat.SCHEMA.getFieldCount());
      long at = 4;
      for (ColumnChunkMetaData column : columns) {
        assertThat(column.getStartingPos()).isEqualTo(at);
        at += column.getTotalSize();
      }
      assertThat(reader.getRowGroups().get(0).getTotalByteSize()).isEqualTo(at - 4);
    }
  }

  @Test
  void partsOfParquetsOwnWriterAreReadToo() throws Exception {
    List<PreparedImage> images = images(5, 0);
    List<PreparedImage> read = PartFormat.decode(ParquetWritten.part(images), "part");
    assertThat(read).hasSameSizeAs(images);
    IntStream.range(0, images.size())
        .forEach(i -> assertThat(read.get(i)).usingRecursiveComparison().isEqualTo(images.get(i)));
  }
}
