package dev.thresher.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * A file that somebody made to do harm, and the command that reads it.
 *
 * @param name of the case
 * @param words of the command, from the job on
 */
record Hostile(String name, List<String> words) {
  /** Files of one kind. */
  interface Kind {
    /** Writes its files into an empty folder. */
    List<Hostile> in(Path folder) throws IOException;
  }

  @Override
  public String toString() {
    return name;
  }

  /** Images for training. */
  static Hostile images(String name, Object location) {
    return new Hostile(
        name, List.of("sample", "finetune.shards=1", "data.train=" + location, "data.labels="));
  }

  /** A picture alone in its folder: where it is refused, none is left. */
  static Hostile picture(Path folder, String name, byte[] file) throws IOException {
    Path only = Files.createDirectories(folder.resolve(name));
    Files.write(only.resolve("picture.jpg"), file);
    return images(name, only);
  }

  /** A file of this size of which the disk holds almost nothing. */
  static Path sparse(Path file, long bytes, byte... end) throws IOException {
    try (var out = new java.io.RandomAccessFile(file.toFile(), "rw")) {
      out.setLength(bytes);
      out.seek(bytes - end.length);
      out.write(end);
    }
    return file;
  }

  /** A named pipe that nobody writes to. */
  static Path pipe(Path file) throws IOException {
    try {
      new ProcessBuilder("mkfifo", file.toString()).start().waitFor();
    } catch (InterruptedException e) {
      throw new AssertionError("nobody interrupts tests", e);
    }
    return file;
  }
}
