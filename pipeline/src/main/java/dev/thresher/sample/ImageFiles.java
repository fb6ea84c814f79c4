package dev.thresher.sample;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.RemoteIterator;

/**
 * Reads folders and files: local ones (a plain path or {@code file:}) directly, all others ({@code
 * hdfs:}, {@code s3a:}) through Hadoop.
 *
 * <p>Serializable, so that tasks read as the driver does; the settings may hold credentials and
 * never appear in a message.
 */
public final class ImageFiles implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final Pattern SCHEME = Pattern.compile("[A-Za-z][A-Za-z0-9+.-]+:/.*");

  /** One connection for each store and JVM; Hadoop's own cache would ignore the settings. */
  private static final Map<Connection, FileSystem> OPEN = new HashMap<>();

  private final TreeMap<String, String> hadoopSettings;

  private record Connection(Map<String, String> settings, String scheme, String authority) {}

  /** Reads with these Hadoop settings over Hadoop's defaults. */
  public ImageFiles(Map<String, String> hadoopSettings) {
    this.hadoopSettings = new TreeMap<>(hadoopSettings);
  }

  /** Whether this is one file. Throws where there is neither file nor folder. */
  boolean isFile(String location) throws IOException {
    if (isLocal(location)) {
      Path path = local(location);
      if (!Files.exists(path)) {
        throw new FileNotFoundException(location);
      }
      return Files.isRegularFile(path);
    }
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(location);
    return files(path).getFileStatus(path).isFile();
  }

  /**
   * Paths of all files below a folder, relative to it, with forward slashes, in no order. Names
   * that begin with a dot or an underscore are passed over, as everywhere in Hadoop.
   */
  List<String> list(String folder) throws IOException {
    List<String> found = new ArrayList<>();
    if (isLocal(folder)) {
      Path root = local(folder);
      try (Stream<Path> tree = Files.walk(root, FileVisitOption.FOLLOW_LINKS)) {
        tree.filter(Files::isRegularFile)
            .forEach(file -> found.add(root.relativize(file).toString().replace('\\', '/')));
      } catch (UncheckedIOException e) {
        throw e.getCause();
      }
    } else {
      org.apache.hadoop.fs.Path root = new org.apache.hadoop.fs.Path(folder);
      FileSystem files = files(root);
      String prefix = files.makeQualified(root).toUri().getPath();
      RemoteIterator<LocatedFileStatus> all = files.listFiles(root, true);
      while (all.hasNext()) {
        String path = all.next().getPath().toUri().getPath();
        found.add(path.substring(prefix.endsWith("/") ? prefix.length() : prefix.length() + 1));
      }
    }
    found.removeIf(ImageFiles::isHidden);
    return found;
  }

  private static boolean isHidden(String relative) {
    for (String part : relative.split("/", -1)) {
      if (part.startsWith(".") || part.startsWith("_")) {
        return true;
      }
    }
    return false;
  }

  /** At most {@code limit} + 1 bytes of a file, so that the caller sees when there are too many. */
  public byte[] read(String location, int limit) throws IOException {
    try (InputStream in = open(location)) {
      return in.readNBytes(limit + 1);
    }
  }

  String text(String location) throws IOException {
    try (InputStream in = open(location)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private InputStream open(String location) throws IOException {
    if (isLocal(location)) {
      return Files.newInputStream(local(location));
    }
    org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(location);
    return files(path).open(path);
  }

  /** One spelling for each file, whether it was listed in a folder or named in a list. */
  static String resolve(String folder, String relative) {
    if (SCHEME.matcher(relative).matches() || relative.startsWith("/")) {
      return isLocal(relative) ? local(relative).toString() : relative;
    }
    if (isLocal(folder)) {
      return local(folder).resolve(relative).normalize().toString();
    }
    String base = folder.endsWith("/") ? folder : folder + "/";
    return new org.apache.hadoop.fs.Path(base + relative).toString();
  }

  static boolean isLocal(String location) {
    return location.startsWith("file:") || !SCHEME.matcher(location).matches();
  }

  static Path local(String location) {
    if (!location.startsWith("file:")) {
      return Path.of(location).toAbsolutePath().normalize();
    }
    try {
      return Path.of(URI.create(location)).normalize();
    } catch (IllegalArgumentException notEscaped) {
      // Hadoop's own spelling leaves blanks and percent signs as they are.
      return Path.of(location.replaceFirst("^file:/*", "/")).normalize();
    }
  }

  private FileSystem files(org.apache.hadoop.fs.Path path) throws IOException {
    URI uri = path.toUri();
    Connection wanted = new Connection(hadoopSettings, uri.getScheme(), uri.getAuthority());
    synchronized (OPEN) {
      FileSystem open = OPEN.get(wanted);
      if (open == null) {
        Configuration configuration = new Configuration();
        hadoopSettings.forEach(configuration::set);
        open = FileSystem.newInstance(uri, configuration);
        OPEN.put(wanted, open);
      }
      return open;
    }
  }
}
