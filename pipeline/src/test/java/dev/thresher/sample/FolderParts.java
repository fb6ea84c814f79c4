package dev.thresher.sample;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;

/** Parts as files of a local folder. */
public record FolderParts(String folder) implements PartSink, PartSource {
  private static final long serialVersionUID = 1L;

  @Override
  public String write(String name, byte[] content, String sha256) {
    try {
      Path temporary = Files.createTempFile(Path.of(folder), "part", ".tmp");
      Files.write(temporary, content);
      Files.move(temporary, Path.of(folder, name), StandardCopyOption.ATOMIC_MOVE);
      return name;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public byte[] read(PartRecord part) {
    try {
      return Files.readAllBytes(Path.of(folder, part.name()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
