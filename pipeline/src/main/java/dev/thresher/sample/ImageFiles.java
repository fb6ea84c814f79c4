package dev.thresher.sample;

import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.ServiceConfigurationError;
import java.util.Spliterators;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.FutureDataInputStreamBuilder;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.util.functional.FutureIO;

/**
 * Reads folders and files: local ones (a plain path or {@code file:}) directly, all others ({@code
 * hdfs:}, {@code s3a:}, what {@link Schemes} lists) through Hadoop.
 *
 * <p>Serializable, so that tasks read as the driver does; the settings may hold credentials and
 * never appear in a message.
 */
public final class ImageFiles implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:/.*");

  /** What is skipped by reading on instead of asking the store again. */
  private static final String READAHEAD = Integer.toString(256 << 10);

  /** Longer texts are no names of classes; the labels of ImageNet's training images are shorter. */
  private static final int LONGEST_TEXT = 64 << 20;

  /** One connection for each store and JVM; Hadoop's own cache would ignore the settings. */
  private static final Map<Connection, FileSystem> OPEN = new HashMap<>();

  private final TreeMap<String, String> hadoopSettings;

  private record Connection(Map<String, String> settings, String scheme, String authority) {}

  /** Reads with these Hadoop settings over Hadoop's defaults. */
  public ImageFiles(Map<String, String> hadoopSettings) {
    this.hadoopSettings = new TreeMap<>(hadoopSettings);
  }

  /**
   * What lies in a folder.
   *
   * @param name relative to the folder that was looked into, with forward slashes
   * @param bytes size of a file
   */
  record Child(String name, boolean folder, long bytes) {}

  /** Whether this is one file. Throws where there is neither file nor folder. */
  boolean isFile(String location) throws IOException {
    if (isLocal(location)) {
      return LocalFiles.isFile(LocalFiles.path(location));
    }
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(location);
    return files(path).getFileStatus(path).isFile();
  }

  /** Files and folders directly in a folder, in no order, as they are listed; the caller closes. */
  @SuppressWarnings("StreamResourceLeak")
  Stream<Child> children(String folder) throws IOException {
    if (isLocal(folder)) {
      return Files.list(LocalFiles.path(folder)).map(ImageFiles::child);
    }
    org.apache.hadoop.fs.Path root = new org.apache.hadoop.fs.Path(folder);
    RemoteIterator<FileStatus> all = files(root).listStatusIterator(root);
    return stream(
        all,
        status -> new Child(status.getPath().getName(), status.isDirectory(), status.getLen()));
  }

  private static Child child(Path path) {
    boolean folder = Files.isDirectory(path);
    return new Child(String.valueOf(path.getFileName()), folder, folder ? 0 : size(path));
  }

  /** Size of a file. */
  long size(String location) throws IOException {
    if (isLocal(location)) {
      return Files.size(LocalFiles.path(location));
    }
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(location);
    return files(path).getFileStatus(path).getLen();
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      // Gone since it was listed, or not readable: whoever reads it says so.
      return ImageLocation.UNKNOWN;
    }
  }

  /** All files below a folder, in no order, as they are listed; the caller closes. */
  @SuppressWarnings("StreamResourceLeak")
  Stream<Child> walk(String folder) throws IOException {
    if (isLocal(folder)) {
      Path root = LocalFiles.path(folder);
      // Pipes and links to nothing stay: whoever reads them says what they are.
      return Files.walk(root, FileVisitOption.FOLLOW_LINKS)
          .filter(file -> !Files.isDirectory(file))
          .map(
              file ->
                  new Child(
                      root.relativize(file).toString().replace('\\', '/'), false, size(file)));
    }
    org.apache.hadoop.fs.Path root = new org.apache.hadoop.fs.Path(folder);
    FileSystem files = files(root);
    String path = files.makeQualified(root).toUri().getPath();
    int prefix = path.endsWith("/") ? path.length() : path.length() + 1;
    return stream(
        files.listFiles(root, true),
        status ->
            new Child(
                status.getPath().toUri().getPath().substring(prefix), false, status.getLen()));
  }

  private static <T> Stream<Child> stream(RemoteIterator<T> all, Function<T, Child> child) {
    Iterator<Child> children =
        new Iterator<>() {
          @Override
          public boolean hasNext() {
            try {
              return all.hasNext();
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }

          @Override
          public Child next() {
            try {
              return child.apply(all.next());
            } catch (IOException e) {
              throw new UncheckedIOException(e);
            }
          }
        };
    return StreamSupport.stream(Spliterators.spliteratorUnknownSize(children, 0), false);
  }

  /** A file to be read anywhere; the caller closes. */
  SeekableFile openSeekable(String location) throws IOException {
    if (isLocal(location)) {
      return LocalFiles.open(LocalFiles.path(location));
    }
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(location);
    FileSystem files = files(path);
    FileStatus status = files.getFileStatus(path);
    FutureDataInputStreamBuilder builder =
        files.openFile(path).withFileStatus(status).opt("fs.s3a.readahead.range", READAHEAD);
    return new HadoopSeekableFile(FutureIO.awaitFuture(builder.build()), status.getLen());
  }

  /** At most {@code limit} + 1 bytes of a file, so that the caller sees when there are too many. */
  public byte[] read(String location, int limit) throws IOException {
    if (isLocal(location)) {
      try (SeekableFile file = LocalFiles.open(LocalFiles.path(location))) {
        return file.range(0, (int) Math.min(file.length(), limit + 1L));
      }
    }
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(location);
    try (InputStream in = files(path).open(path)) {
      return in.readNBytes(limit + 1);
    }
  }

  /**
   * At most {@code limit} + 1 bytes of the file of a name in the folder of another file. A link, a
   * pipe or a folder of that name is refused.
   *
   * @param name a plain name, without any folder
   */
  public byte[] readBeside(String location, String name, int limit) throws IOException {
    if (isLocal(location)) {
      Path file = LocalFiles.path(location).resolveSibling(name);
      if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        throw new NoSuchFileException("there is no such file beside the model");
      }
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        throw new UnreadableLocationException(
            "it is a link, a pipe or a folder, not a file of its own");
      }
      return read(file.toString(), limit);
    }
    org.apache.hadoop.fs.Path path =
        new org.apache.hadoop.fs.Path(new org.apache.hadoop.fs.Path(location).getParent(), name);
    FileStatus status = files(path).getFileStatus(path);
    if (!status.isFile() || status.isSymlink()) {
      throw new UnreadableLocationException("it is a folder or a link, not a file of its own");
    }
    return read(path.toString(), limit);
  }

  /** A text for people, such as the names of classes. */
  String text(String location) throws IOException {
    byte[] text = read(location, LONGEST_TEXT);
    if (text.length > LONGEST_TEXT) {
      throw new UnreadableLocationException(
          "it has more than %d bytes, the limit for a file of labels".formatted(LONGEST_TEXT));
    }
    return new String(text, StandardCharsets.UTF_8);
  }

  /** One spelling for each file, whether it was listed in a folder or named in a list. */
  static String resolve(String folder, String relative) throws IOException {
    if (SCHEME.matcher(relative).matches() || relative.startsWith("/")) {
      return isLocal(relative) ? LocalFiles.path(relative).toString() : relative;
    }
    if (isLocal(folder)) {
      return LocalFiles.path(folder).resolve(relative).normalize().toString();
    }
    String base = folder.endsWith("/") ? folder : folder + "/";
    return new org.apache.hadoop.fs.Path(base + relative).toString();
  }

  static boolean isLocal(String location) {
    return location.startsWith("file:") || !SCHEME.matcher(location).matches();
  }

  private FileSystem files(org.apache.hadoop.fs.Path path) throws IOException {
    Schemes.check(path);
    URI uri = path.toUri();
    Connection wanted = new Connection(hadoopSettings, uri.getScheme(), uri.getAuthority());
    synchronized (OPEN) {
      FileSystem open = OPEN.get(wanted);
      if (open == null) {
        Configuration configuration = new Configuration();
        hadoopSettings.forEach(configuration::set);
        open = connect(uri, configuration);
        OPEN.put(wanted, open);
      }
      return open;
    }
  }

  /** Hadoop says that a connector is not there with one exception or another. */
  private static FileSystem connect(URI uri, Configuration configuration) throws IOException {
    try {
      return FileSystem.newInstance(uri, configuration);
    } catch (RuntimeException | ServiceConfigurationError e) {
      throw new IOException("no connection to its store: " + e.getMessage(), e);
    }
  }
}
