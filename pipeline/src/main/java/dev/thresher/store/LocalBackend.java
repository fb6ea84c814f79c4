package dev.thresher.store;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * A folder. An object is written under a temporary name, forced to the disk, and then linked to its
 * name: that is atomic in POSIX, and refuses an existing name.
 */
final class LocalBackend implements Backend {
  /** Written at a time: a channel copies that much out of the heap, and keeps the memory. */
  private static final int PIECE = 256 << 10;

  private final Path root;

  LocalBackend(URI root) {
    this.root = Path.of(root);
  }

  @Override
  public boolean putIfAbsent(String path, byte[] bytes) throws IOException {
    Path target = root.resolve(path);
    HaltPoint.before(path);
    Path temporary = writeTemporary(target, bytes);
    HaltPoint.inside(path);
    try {
      Files.createLink(target, temporary);
    } catch (FileAlreadyExistsException e) {
      return false;
    } finally {
      Files.deleteIfExists(temporary);
    }
    forceFolder(target);
    HaltPoint.after(path);
    return true;
  }

  @Override
  public void replace(String path, byte[] bytes) throws IOException {
    Path target = root.resolve(path);
    Path temporary = writeTemporary(target, bytes);
    try {
      Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(temporary);
    }
    forceFolder(target);
  }

  @Override
  public Optional<byte[]> get(String path) throws IOException {
    try {
      return Optional.of(Files.readAllBytes(root.resolve(path)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  @Override
  public void delete(String path) throws IOException {
    HaltPoint.before(path);
    Files.deleteIfExists(root.resolve(path));
    HaltPoint.after(path);
  }

  @Override
  public List<StoredObject> list(String folder) throws IOException {
    Path top = root.resolve(folder);
    if (!Files.isDirectory(top)) {
      return List.of();
    }
    List<StoredObject> found = new ArrayList<>();
    try (Stream<Path> tree = Files.walk(top)) {
      for (Path file : tree.filter(Files::isRegularFile).sorted().toList()) {
        found.add(
            new StoredObject(
                top.relativize(file).toString(),
                Files.size(file),
                Files.getLastModifiedTime(file).toInstant()));
      }
    }
    return found;
  }

  @Override
  public void prepare() throws IOException {
    Files.createDirectories(root);
  }

  @Override
  public void close() {
    // Nothing is held open.
  }

  @Override
  public URI address(String path) {
    return root.resolve(path).toUri();
  }

  private static Path writeTemporary(Path target, byte[] bytes) throws IOException {
    Path folder = target.getParent();
    Files.createDirectories(folder);
    Path temporary = folder.resolve("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try (FileChannel channel =
        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.position() < bytes.length) {
        buffer.limit(Math.min(bytes.length, buffer.position() + PIECE));
        channel.write(buffer);
      }
      channel.force(true);
    } catch (IOException e) {
      Files.deleteIfExists(temporary);
      throw e;
    }
    return temporary;
  }

  /** So that the new name survives a power cut too. */
  private static void forceFolder(Path target) throws IOException {
    try (FileChannel folder = FileChannel.open(target.getParent(), StandardOpenOption.READ)) {
      folder.force(true);
    }
  }
}
