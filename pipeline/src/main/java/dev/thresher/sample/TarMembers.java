package dev.thresher.sample;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * The headers of a tar archive, or of one inside another: reads no contents, unpacks nothing.
 *
 * <p>An archive that breaks off or whose headers are damaged is refused whole: what lies behind
 * cannot be found, and half a class is worse than none.
 */
final class TarMembers implements Closeable {
  private final SeekableFile file;
  private final PositionedStream in;
  private final TarArchiveInputStream tar;
  private final String archive;

  /**
   * A member.
   *
   * @param name with forward slashes, without a leading {@code ./}
   * @param offset of its first byte in the file
   */
  record Member(String name, Kind kind, long offset, long bytes) {}

  /** What a member is. */
  enum Kind {
    FILE,
    FOLDER,
    /** A link, a device, a file with holes: nothing that a range of the archive holds. */
    OTHER
  }

  TarMembers(ImageFiles files, String archive, long begin, long bytes) throws IOException {
    this.archive = archive;
    this.file = files.openSeekable(archive);
    long end = bytes == ImageLocation.UNKNOWN ? file.length() : begin + bytes;
    this.in = new PositionedStream(file, begin, end);
    this.tar = new TarArchiveInputStream(in, StandardCharsets.UTF_8.name());
  }

  /** The next one, null after the last. */
  Member next() throws IOException {
    TarArchiveEntry entry;
    try {
      entry = tar.getNextTarEntry();
    } catch (EOFException | IllegalArgumentException e) {
      throw damaged(e.getMessage(), e);
    } catch (IOException e) {
      if (isOfTheArchive(e)) {
        throw damaged(e.getMessage(), e);
      }
      throw e;
    }
    if (entry == null) {
      return null;
    }
    long offset = in.position();
    if (entry.getSize() < 0 || entry.getSize() > in.end() - offset) {
      throw damaged(
          "it ends at byte %d, in the middle of %s".formatted(in.end(), entry.getName()), null);
    }
    return new Member(plain(entry.getName()), kind(entry), offset, entry.getSize());
  }

  /** Contents of the member that was given last; for small ones. */
  byte[] contents(Member member) throws IOException {
    return file.range(member.offset(), (int) member.bytes());
  }

  SampleException damaged(String reason, Exception cause) {
    return new SampleException(
        "Cannot read the tar archive %s: damaged near byte %d (%s). Copy it again, and hold it against its checksum."
            .formatted(archive, in.position(), reason),
        cause);
  }

  /** What the parser says itself, and no file system: it wraps nothing. */
  private static boolean isOfTheArchive(IOException e) {
    StackTraceElement[] trace = e.getStackTrace();
    return trace.length > 0 && trace[0].getClassName().startsWith("org.apache.commons.compress");
  }

  private static Kind kind(TarArchiveEntry entry) {
    if (entry.isDirectory()) {
      return Kind.FOLDER;
    }
    return entry.isFile() && !entry.isSparse() && !entry.isLink() && !entry.isSymbolicLink()
        ? Kind.FILE
        : Kind.OTHER;
  }

  private static String plain(String name) {
    String plain = name;
    while (plain.startsWith("./")) {
      plain = plain.substring(2);
    }
    return plain;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
