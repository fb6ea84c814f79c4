package dev.thresher.store;

import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

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
  public Optional<byte[]> get(String path, long limit) throws IOException {
    Path file = root.resolve(path);
    try {
      BasicFileAttributes found =
          Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!found.isRegularFile()) {
        String what = found.isDirectory() ? "a folder" : LocalListing.kind(found).text();
        throw new UnusableObjectException("it is " + what + ", no object");
      }
      if (found.size() > limit) {
        throw UnusableObjectException.larger(limit);
      }
      return Optional.of(Files.readAllBytes(file));
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
    return LocalListing.of(root.resolve(folder));
  }

  @Override
  public void prepare() throws IOException {
    createFolder(root);
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
    createFolder(folder);
    Path temporary = folder.resolve("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try (FileChannel channel =
        FileChannel.open(
            temporary,
            Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
            readableByOwner(folder, "rw-------"))) {
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

  /** With those above it that are missing, each durable before anything is put into it. */
  private static void createFolder(Path folder) throws IOException {
    if (Files.isDirectory(folder)) {
      return;
    }
    Path parent = folder.toAbsolutePath().getParent();
    createFolder(parent);
    Files.createDirectories(folder, readableByOwner(parent, "rwx------"));
    forceFolder(folder);
  }

  /** Images and networks are their owner's, whatever the process's mask says. */
  private static FileAttribute<?>[] readableByOwner(Path folder, String permissions) {
    return folder.getFileSystem().supportedFileAttributeViews().contains("posix")
        ? new FileAttribute<?>[] {
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
        }
        : new FileAttribute<?>[0];
  }

  /** So that the new name survives a power cut too. */
  private static void forceFolder(Path target) throws IOException {
    Path parent = target.toAbsolutePath().getParent();
    try (FileChannel folder = FileChannel.open(parent, StandardOpenOption.READ)) {
      folder.force(true);
    }
  }
}
