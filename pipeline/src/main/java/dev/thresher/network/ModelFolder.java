package dev.thresher.network;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** Reads what lies beside a model file, such as weights that an exporter keeps apart. */
@FunctionalInterface
public interface ModelFolder {
  /** No folder: a model that is one file. */
  ModelFolder NONE =
      name -> {
        throw new FileNotFoundException("the model was given without its folder");
      };

  /**
   * Reads a regular file, no link, of at most {@link NetworkReader#LARGEST} bytes.
   *
   * @param name a plain name, without any folder
   */
  byte[] read(String name) throws IOException;

  /** A folder of this machine. */
  static ModelFolder of(Path folder) {
    return name -> {
      Path file = folder.resolve(name);
      if (!Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
        throw new NoSuchFileException("there is no such file beside the model");
      }
      if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
        throw new IOException("it is a link, a pipe or a folder, not a file of its own");
      }
      if (Files.size(file) > NetworkReader.LARGEST) {
        throw new IOException("it is larger than " + NetworkReader.LARGEST + " bytes");
      }
      return Files.readAllBytes(file);
    };
  }
}
