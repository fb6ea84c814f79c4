package dev.thresher.sample;

import java.io.IOException;
import java.net.URI;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Files of this machine. Only regular ones are opened: a pipe would wait for its writer for ever,
 * and a device has no end. Of a file only the bytes count that it had when it was opened.
 */
final class LocalFiles {
  private LocalFiles() {}

  /** The path of a plain name or of an address {@code file:}. */
  static Path path(String location) throws UnreadableLocationException {
    try {
      if (!location.startsWith("file:")) {
        return Path.of(location).toAbsolutePath().normalize();
      }
      return ofAddress(location).normalize();
    } catch (InvalidPathException e) {
      throw new UnreadableLocationException("this is no name of a file: " + e.getReason());
    }
  }

  private static Path ofAddress(String location) {
    try {
      return Path.of(URI.create(location));
    } catch (IllegalArgumentException notEscaped) {
      // Hadoop's own spelling leaves blanks and percent signs as they are.
      return Path.of(location.replaceFirst("^file:/*", "/"));
    }
  }

  /** Whether this is a file, not a folder. Throws where it is neither. */
  static boolean isFile(Path path) throws IOException {
    BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
    if (!attributes.isRegularFile() && !attributes.isDirectory()) {
      throw irregular();
    }
    return attributes.isRegularFile();
  }

  /** Opens a regular file, to be read anywhere; the caller closes. */
  static LocalSeekableFile open(Path path) throws IOException {
    if (!isFile(path)) {
      throw new FileSystemException(path.toString(), null, "Is a directory");
    }
    return new LocalSeekableFile(FileChannel.open(path, StandardOpenOption.READ));
  }

  private static UnreadableLocationException irregular() {
    return new UnreadableLocationException(
        "it is a pipe, a device or a socket, and only regular files are read");
  }
}
