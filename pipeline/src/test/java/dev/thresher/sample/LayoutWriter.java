package dev.thresher.sample;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;

/** Writes the images of class folders in the other layouts that they come in. */
public final class LayoutWriter {
  private static final MessageType ROW =
      MessageTypeParser.parseMessageType(
          """
          message row {
            optional group image { optional binary bytes; optional binary path (STRING); }
            optional int64 label;
          }
          """);

  private final List<Image> images = new ArrayList<>();

  private record Image(String className, int label, Path file) {
    String name() {
      return file.getFileName().toString();
    }

    String stem() {
      return name().substring(0, name().lastIndexOf('.'));
    }

    byte[] bytes() {
      try {
        return Files.readAllBytes(file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** Takes the images of {@code <folder>/<class>/}, labelled by the order of the classes. */
  public LayoutWriter(Path folder) throws IOException {
    List<Path> classes = children(folder).stream().filter(Files::isDirectory).toList();
    for (int label = 0; label < classes.size(); label++) {
      for (Path file : children(classes.get(label))) {
        images.add(new Image(classes.get(label).getFileName().toString(), label, file));
      }
    }
  }

  private static List<Path> children(Path folder) throws IOException {
    try (Stream<Path> children = Files.list(folder)) {
      return children.sorted().toList();
    }
  }

  /** A tar archive that is being written. */
  public static final class Tar implements AutoCloseable {
    private final TarArchiveOutputStream out;

    /** Writes to a stream, which is closed with it. */
    public Tar(OutputStream to) {
      out = new TarArchiveOutputStream(to, StandardCharsets.UTF_8.name());
      out.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    }

    /** Adds a file. */
    public Tar add(String name, byte[] bytes) throws IOException {
      TarArchiveEntry entry = new TarArchiveEntry(name, true);
      entry.setSize(bytes.length);
      entry.setModTime(0);
      out.putArchiveEntry(entry);
      out.write(bytes);
      out.closeArchiveEntry();
      return this;
    }

    /** Adds a link. */
    public Tar link(String name, String target) throws IOException {
      TarArchiveEntry entry = new TarArchiveEntry(name, TarArchiveEntry.LF_SYMLINK);
      entry.setLinkName(target);
      out.putArchiveEntry(entry);
      out.closeArchiveEntry();
      return this;
    }

    @Override
    public void close() throws IOException {
      out.close();
    }
  }

  private byte[] classTar(String className) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (Tar tar = new Tar(bytes)) {
      for (Image image : images) {
        if (image.className().equals(className)) {
          tar.add(image.name(), image.bytes());
        }
      }
    }
    return bytes.toByteArray();
  }

  private List<String> classes() {
    return images.stream().map(Image::className).distinct().toList();
  }

  /** One archive of an archive for each class: {@code ILSVRC2012_img_train.tar}. */
  public Path tarOfTars(Path file) throws IOException {
    try (Tar tar = new Tar(Files.newOutputStream(file))) {
      for (String className : classes()) {
        tar.add(className + ".tar", classTar(className));
      }
    }
    return file;
  }

  /** A folder of an archive for each class. */
  public Path classTars(Path folder) throws IOException {
    Files.createDirectories(folder);
    for (String className : classes()) {
      Files.write(folder.resolve(className + ".tar"), classTar(className));
    }
    return folder;
  }

  /** An archive of class folders. */
  public Path tarOfFolders(Path file) throws IOException {
    try (Tar tar = new Tar(Files.newOutputStream(file))) {
      for (Image image : images) {
        tar.add("./set/" + image.className() + "/" + image.name(), image.bytes());
      }
    }
    return file;
  }

  /** An archive without folders, in the reverse order: {@code ILSVRC2012_img_val.tar}. */
  public Path flatTar(Path file) throws IOException {
    try (Tar tar = new Tar(Files.newOutputStream(file))) {
      for (int i = images.size() - 1; i >= 0; i--) {
        tar.add(images.get(i).name(), images.get(i).bytes());
      }
    }
    return file;
  }

  /** A line for each image, in the order of their names, that says where its class stands. */
  public String groundTruth(List<String> classes) {
    StringBuilder lines = new StringBuilder();
    images.stream()
        .sorted((a, b) -> a.name().compareTo(b.name()))
        .forEach(image -> lines.append(classes.indexOf(image.className()) + 1).append('\n'));
    return lines.toString();
  }

  /** Shards of several row groups; names carry the class behind, as on the hub. */
  public Path parquet(Path folder, int shards) throws IOException {
    Files.createDirectories(folder);
    for (int shard = 0; shard < shards; shard++) {
      MemoryFile.Output file = new MemoryFile.Output();
      try (ParquetWriter<Group> writer =
          ExampleParquetWriter.builder(file)
              .withType(ROW)
              .withConf(new Configuration(false))
              .withCompressionCodec(CompressionCodecName.SNAPPY)
              .withRowGroupSize(4096L)
              .withMinRowCountForPageSizeCheck(1)
              .build()) {
        for (int i = shard; i < images.size(); i += shards) {
          writer.write(row(images.get(i)));
        }
      }
      String name = "train-%05d-of-%05d.parquet".formatted(shard, shards);
      Files.write(folder.resolve(name), file.toByteArray());
    }
    return folder;
  }

  private static Group row(Image image) {
    Group row = new SimpleGroup(ROW);
    Group struct = row.addGroup("image");
    struct.add("bytes", Binary.fromConstantByteArray(image.bytes()));
    struct.add("path", image.stem() + "_" + image.className() + ".JPEG");
    row.add("label", (long) image.label());
    return row;
  }

  /** Shards of {@code .jpg}, {@code .cls} and {@code .json}. */
  public Path webDataset(Path folder, int shards) throws IOException {
    Files.createDirectories(folder);
    for (int shard = 0; shard < shards; shard++) {
      Path file = folder.resolve("train-%06d.tar".formatted(shard));
      try (Tar tar = new Tar(Files.newOutputStream(file))) {
        for (int i = shard; i < images.size(); i += shards) {
          Image image = images.get(i);
          tar.add(
              image.stem() + ".cls",
              Integer.toString(image.label()).getBytes(StandardCharsets.UTF_8));
          tar.add(image.stem() + ".jpg", image.bytes());
          tar.add(image.stem() + ".json", "{\"width\": 40}".getBytes(StandardCharsets.UTF_8));
        }
      }
    }
    return folder;
  }

  /** A list of addresses, each with its label. */
  public Path addresses(Path file, String root) throws IOException {
    StringBuilder lines = new StringBuilder();
    for (Image image : images) {
      lines.append("%s/%s/%s %d\n".formatted(root, image.className(), image.name(), image.label()));
    }
    return Files.writeString(file, lines);
  }
}
