package dev.thresher.jobs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.thresher.sample.MemoryFile;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.SchemaElement;
import org.apache.parquet.format.Util;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/** Parquet files whose footer, pages or values say more than a machine can hold. */
final class HostileTables implements Hostile.Kind {
  private static final MessageType ROW =
      MessageTypeParser.parseMessageType(
          """
          message row {
            optional group image { optional binary bytes; optional binary path (STRING); }
            optional int64 label;
          }
          """);

  @Override
  public List<Hostile> in(Path folder) throws IOException {
    List<Hostile> all = new ArrayList<>();
    all.add(table(folder, "table-of-30-mb-of-nothing-a-row", table(40, 30 << 20, 5)));
    all.add(table(folder, "table-of-a-page-of-300-mb", table(1, 300 << 20, 5)));
    all.add(table(folder, "table-of-a-path-of-100-mb", table(2, 10, 100 << 20)));
    byte[] small = table(4, 10, 5);
    all.add(table(folder, "table-cut", Arrays.copyOf(small, small.length / 2)));
    all.add(table(folder, "table-of-nothing", "PAR1PAR1".getBytes(US_ASCII)));
    all.add(table(folder, "table-footer-of-2-gb", tail(new byte[20], Integer.MAX_VALUE)));
    all.add(table(folder, "table-footer-of-less-than-nothing", tail(new byte[20], -20)));
    all.add(table(folder, "table-list-of-2-billion", footer(0x19, 0xfc, 255, 255, 255, 255, 7)));
    all.add(table(folder, "table-nested-without-end", footer(repeated(0x1c, 100_000))));
    all.add(table(folder, "table-text-of-2-gb", footer(0x18, 255, 255, 255, 255, 7)));
    all.add(
        table(
            folder,
            "table-rows-without-end",
            changed(small, f -> f.getRow_groups().get(0).setNum_rows(1L << 40))));
    all.add(
        table(
            folder,
            "table-of-less-than-no-rows",
            changed(small, f -> f.getRow_groups().get(0).setNum_rows(-5))));
    all.add(table(folder, "table-column-of-exabytes", changed(small, column(1L << 60))));
    all.add(table(folder, "table-column-of-nothing", changed(small, column(-1))));
    all.add(table(folder, "table-of-deep-columns", changed(small, HostileTables::deepen)));
    all.add(
        Hostile.images(
            "table-of-3-gb-of-zeros",
            Hostile.sparse(folder.resolve("zeros.parquet"), 3L << 30, tail(new byte[0], 1 << 30))));
    return all;
  }

  private static Hostile table(Path folder, String name, byte[] file) throws IOException {
    return Hostile.images(name, Files.write(folder.resolve(name + ".parquet"), file));
  }

  private static byte[] table(int rows, int imageBytes, int pathBytes) throws IOException {
    MemoryFile.Output file = new MemoryFile.Output();
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(file)
            .withType(ROW)
            .withConf(new Configuration(false))
            .withCompressionCodec(CompressionCodecName.GZIP)
            .withDictionaryEncoding(false)
            .build()) {
      Binary image = Binary.fromConstantByteArray(new byte[imageBytes]);
      for (int i = 0; i < rows; i++) {
        Group row = new SimpleGroup(ROW);
        Group struct = row.addGroup("image");
        struct.add("bytes", image);
        struct.add("path", "p".repeat(pathBytes) + ".jpg");
        row.add("label", 0L);
        writer.write(row);
      }
    }
    return file.toByteArray();
  }

  /** Thrift's compact protocol by hand. */
  private static byte[] footer(int... bytes) {
    byte[] footer = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      footer[i] = (byte) bytes[i];
    }
    return tail(footer, footer.length);
  }

  private static int[] repeated(int value, int times) {
    int[] all = new int[times];
    Arrays.fill(all, value);
    return all;
  }

  private static byte[] tail(byte[] footer, int length) {
    ByteBuffer file = ByteBuffer.allocate(footer.length + 12).order(ByteOrder.LITTLE_ENDIAN);
    byte[] magic = "PAR1".getBytes(US_ASCII);
    return file.put(magic).put(footer).putInt(length).put(magic).array();
  }

  private static byte[] changed(byte[] file, Consumer<FileMetaData> change) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    int length = bytes.getInt(file.length - 8);
    int begin = file.length - 8 - length;
    FileMetaData footer = Util.readFileMetaData(new ByteArrayInputStream(file, begin, length));
    change.accept(footer);
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.write(file, 0, begin);
    Util.writeFileMetaData(footer, all);
    ByteBuffer end = ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN);
    all.writeBytes(end.putInt(all.size() - begin).put("PAR1".getBytes(US_ASCII)).array());
    return all.toByteArray();
  }

  private static Consumer<FileMetaData> column(long bytes) {
    return footer ->
        footer
            .getRow_groups()
            .get(0)
            .getColumns()
            .forEach(column -> column.getMeta_data().setTotal_compressed_size(bytes));
  }

  private static void deepen(FileMetaData footer) {
    footer.getSchema().get(0).setNum_children(2);
    for (int i = 0; i < 50_000; i++) {
      SchemaElement group = new SchemaElement("g");
      group.setNum_children(1);
      footer.getSchema().add(group);
    }
  }
}
