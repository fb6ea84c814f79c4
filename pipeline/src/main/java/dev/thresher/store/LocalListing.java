package dev.thresher.store;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** What a folder holds, links not followed; what cannot be looked at is listed as such. */
final class LocalListing extends SimpleFileVisitor<Path> {
  private final Path top;
  private final List<StoredObject> found = new ArrayList<>();

  private LocalListing(Path top) {
    this.top = top;
  }

  static List<StoredObject> of(Path top) throws IOException {
    if (!Files.exists(top, LinkOption.NOFOLLOW_LINKS)) {
      return List.of();
    }
    LocalListing listing = new LocalListing(top);
    Files.walkFileTree(top, listing);
    listing.found.sort(Comparator.comparing(StoredObject::key));
    return List.copyOf(listing.found);
  }

  static StoredObject.Kind kind(BasicFileAttributes file) {
    if (file.isRegularFile()) {
      return StoredObject.Kind.OBJECT;
    }
    return file.isSymbolicLink() ? StoredObject.Kind.LINK : StoredObject.Kind.SPECIAL;
  }

  private String key(Path file) {
    return file.equals(top) ? "." : top.relativize(file).toString();
  }

  @Override
  public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
    found.add(
        new StoredObject(
            key(file),
            kind(attributes),
            attributes.size(),
            attributes.lastModifiedTime().toInstant()));
    return FileVisitResult.CONTINUE;
  }

  @Override
  public FileVisitResult visitFileFailed(Path file, IOException e) {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      found.add(new StoredObject(key(file), StoredObject.Kind.CLOSED, 0, Instant.EPOCH));
    }
    return FileVisitResult.CONTINUE;
  }

  @Override
  public FileVisitResult postVisitDirectory(Path folder, IOException e) {
    return FileVisitResult.CONTINUE;
  }
}
