package dev.thresher.sample;

import dev.thresher.image.ImageFormatException;
import dev.thresher.image.ImageLimits;
import java.io.ByteArrayInputStream;
import java.io.Closeable;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;
import java.util.zip.ZipException;
import org.apache.hadoop.security.AccessControlException;

/** Reads images from files and from ranges of archives, of which some stay open; for one thread. */
final class ImageBytes implements Closeable {
  private static final int OPEN_ARCHIVES = 16;

  private final ImageFiles files;
  private final ImageLimits limits;
  private final LinkedHashMap<String, SeekableFile> archives =
      new LinkedHashMap<>(OPEN_ARCHIVES, 0.75f, true);

  ImageBytes(ImageFiles files, ImageLimits limits) {
    this.files = files;
    this.limits = limits;
  }

  /**
   * The bytes of an image; one more than the limit where there are too many.
   *
   * @throws ImageFormatException if it is not there, or may not be read
   * @throws UncheckedIOException if the connection fails
   */
  byte[] read(ImageRef image) {
    try {
      if (image.location() instanceof ImageLocation.ArchiveRange range) {
        int count = (int) Math.min(range.bytes(), limits.bytes() + 1L);
        return open(range.file()).range(range.offset(), count);
      }
      if (image.location() instanceof ImageLocation.ZipMember member) {
        return unpacked(member);
      }
      return files.read(image.location().file(), limits.bytes());
    } catch (FileNotFoundException | NoSuchFileException e) {
      throw new ImageFormatException("there is no such file", e);
    } catch (AccessDeniedException | AccessControlException e) {
      throw new ImageFormatException("access is denied", e);
    } catch (UnreadableLocationException e) {
      throw new ImageFormatException(e.getMessage(), e);
    } catch (EOFException e) {
      throw new ImageFormatException("the archive is shorter than when it was indexed", e);
    } catch (IOException e) {
      String message = String.valueOf(e.getMessage());
      if (message.contains("File name too long")) {
        throw new ImageFormatException("its name is too long for this file system", e);
      }
      if (message.contains("Is a directory")) {
        throw new ImageFormatException("it is a folder", e);
      }
      throw new UncheckedIOException("Cannot read %s: %s".formatted(image.path(), e), e);
    }
  }

  private byte[] unpacked(ImageLocation.ZipMember member) throws IOException {
    SeekableFile archive = open(member.file());
    int count = (int) Math.min(member.packed(), limits.bytes() + 1L);
    byte[] packed = archive.range(ZipMembers.contentsAt(archive, member.header()), count);
    if (!member.deflated()) {
      return packed;
    }
    Inflater inflater = new Inflater(true);
    try (InputStream in = new InflaterInputStream(new ByteArrayInputStream(packed), inflater)) {
      return in.readNBytes(limits.bytes() + 1);
    } catch (ZipException e) {
      throw new ImageFormatException("its packed data are damaged", e);
    } finally {
      inflater.end();
    }
  }

  private SeekableFile open(String archive) throws IOException {
    SeekableFile open = archives.get(archive);
    if (open == null) {
      if (archives.size() == OPEN_ARCHIVES) {
        Map.Entry<String, SeekableFile> oldest = archives.entrySet().iterator().next();
        archives.remove(oldest.getKey()).close();
      }
      open = files.openSeekable(archive);
      archives.put(archive, open);
    }
    return open;
  }

  @Override
  public void close() {
    for (SeekableFile archive : archives.values()) {
      try {
        archive.close();
      } catch (IOException e) {
        // It was only read from.
      }
    }
  }
}
