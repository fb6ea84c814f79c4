package dev.thresher.sample;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * The directory of a zip archive (APPNOTE 6.3, 4.3.12 to 4.3.16), read entry by entry: reads no
 * contents, unpacks nothing, holds one entry.
 *
 * <p>An archive whose directory breaks off is refused whole, as one whose directory is not where
 * its end says.
 */
final class ZipMembers implements Closeable {
  private static final int END_SIGNATURE = 0x06054b50;
  private static final int END_BYTES = 22;
  private static final int LONGEST_COMMENT = 0xffff;
  private static final int WIDE_LOCATOR_SIGNATURE = 0x07064b50;
  private static final int WIDE_LOCATOR_BYTES = 20;
  private static final int WIDE_END_SIGNATURE = 0x06064b50;
  private static final int WIDE_END_BYTES = 56;
  private static final int ENTRY_SIGNATURE = 0x02014b50;
  private static final int ENTRY_BYTES = 46;
  private static final int LOCAL_SIGNATURE = 0x04034b50;
  private static final int LOCAL_BYTES = 30;
  private static final int ENCRYPTED = 1;
  private static final int STORED = 0;
  private static final int DEFLATED = 8;

  /** A size or offset of this value stands in the entry's 64-bit extra field. */
  private static final long WIDE = 0xffffffffL;

  private static final int WIDE_FIELD = 1;

  private final String archive;
  private final SeekableFile file;
  private final PositionedStream in;

  /**
   * A member.
   *
   * @param name with forward slashes, without a leading {@code ./}
   * @param header offset of its local header in the file
   * @param packed bytes that it takes in the file
   * @param bytes of its contents, as the directory says
   */
  record Member(String name, Kind kind, long header, long packed, long bytes) {}

  /** How a member's contents are kept. */
  enum Kind {
    FOLDER,
    STORED,
    DEFLATED,
    /** Encrypted, or packed in a way that is not read here. */
    OTHER
  }

  ZipMembers(ImageFiles files, String archive) throws IOException {
    this.archive = archive;
    this.file = files.openSeekable(archive);
    try {
      long[] directory = directory();
      this.in = new PositionedStream(file, directory[0], directory[0] + directory[1]);
    } catch (IOException | RuntimeException e) {
      file.close();
      throw e;
    }
  }

  /** Begin and length of the directory. */
  private long[] directory() throws IOException {
    int tail = (int) Math.min(file.length(), END_BYTES + LONGEST_COMMENT);
    ByteBuffer end = at(file.length() - tail, tail);
    int found = tail - END_BYTES;
    while (found >= 0 && end.getInt(found) != END_SIGNATURE) {
      found--;
    }
    if (found < 0) {
      throw damaged("it has no end record: it is cut, or no zip archive");
    }
    long length = Integer.toUnsignedLong(end.getInt(found + 12));
    long begin = Integer.toUnsignedLong(end.getInt(found + 16));
    long endAt = file.length() - tail + found;
    if (begin == WIDE || length == WIDE) {
      ByteBuffer locator = at(endAt - WIDE_LOCATOR_BYTES, WIDE_LOCATOR_BYTES);
      if (locator.getInt(0) != WIDE_LOCATOR_SIGNATURE) {
        throw damaged("its 64-bit end record is missing");
      }
      ByteBuffer wide = at(locator.getLong(8), WIDE_END_BYTES);
      if (wide.getInt(0) != WIDE_END_SIGNATURE) {
        throw damaged("its 64-bit end record is not where it should be");
      }
      length = wide.getLong(40);
      begin = wide.getLong(48);
    }
    if (begin < 0 || length < 0 || begin > endAt || length > endAt - begin) {
      throw damaged("its directory lies outside of it");
    }
    return new long[] {begin, length};
  }

  private ByteBuffer at(long position, int count) throws IOException {
    if (position < 0 || position > file.length() - count) {
      throw damaged("a record lies outside of it");
    }
    return ByteBuffer.wrap(file.range(position, count)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The next one, null after the last. */
  Member next() throws IOException {
    if (in.position() == in.end()) {
      return null;
    }
    ByteBuffer entry = take(ENTRY_BYTES);
    if (entry.getInt(0) != ENTRY_SIGNATURE) {
      throw damaged("its directory is broken near byte %d".formatted(in.position()));
    }
    int flags = entry.getShort(8);
    int method = Short.toUnsignedInt(entry.getShort(10));
    long packed = Integer.toUnsignedLong(entry.getInt(20));
    long bytes = Integer.toUnsignedLong(entry.getInt(24));
    int nameLength = Short.toUnsignedInt(entry.getShort(28));
    int extraLength = Short.toUnsignedInt(entry.getShort(30));
    int commentLength = Short.toUnsignedInt(entry.getShort(32));
    long header = Integer.toUnsignedLong(entry.getInt(42));
    String name = new String(take(nameLength).array(), StandardCharsets.UTF_8);
    ByteBuffer extra = take(extraLength);
    take(commentLength);
    if (bytes == WIDE || packed == WIDE || header == WIDE) {
      ByteBuffer wide = wide(extra);
      bytes = bytes == WIDE ? take64(wide) : bytes;
      packed = packed == WIDE ? take64(wide) : packed;
      header = header == WIDE ? take64(wide) : header;
    }
    if (header < 0 || packed < 0 || bytes < 0 || packed > file.length() - header) {
      throw damaged(
          "the member '%s' lies outside of it".formatted(name.replaceAll("\\p{Cntrl}", "?")));
    }
    return new Member(plain(name), kind(name, flags, method), header, packed, bytes);
  }

  private static Kind kind(String name, int flags, int method) {
    if (name.endsWith("/")) {
      return Kind.FOLDER;
    }
    if ((flags & ENCRYPTED) != 0) {
      return Kind.OTHER;
    }
    return switch (method) {
      case STORED -> Kind.STORED;
      case DEFLATED -> Kind.DEFLATED;
      default -> Kind.OTHER;
    };
  }

  private ByteBuffer take(int count) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw damaged("its directory breaks off");
    }
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The 64-bit sizes of an entry; empty where it has none. */
  private static ByteBuffer wide(ByteBuffer extra) {
    int at = 0;
    while (at + 4 <= extra.limit()) {
      int size = Short.toUnsignedInt(extra.getShort(at + 2));
      if (Short.toUnsignedInt(extra.getShort(at)) == WIDE_FIELD && at + 4 + size <= extra.limit()) {
        return extra.slice(at + 4, size).order(ByteOrder.LITTLE_ENDIAN);
      }
      at += 4 + size;
    }
    return ByteBuffer.allocate(0);
  }

  private long take64(ByteBuffer wide) {
    if (wide.remaining() < Long.BYTES) {
      throw damaged("a 64-bit size of its directory is missing");
    }
    return wide.getLong();
  }

  private static String plain(String name) {
    String plain = name.indexOf('/') < 0 ? name.replace('\\', '/') : name;
    while (plain.startsWith("./")) {
      plain = plain.substring(2);
    }
    return plain;
  }

  private SampleException damaged(String reason) {
    return new SampleException(
        "Cannot read the zip archive %s: %s. Copy it again, and hold it against its checksum."
            .formatted(archive, reason));
  }

  @Override
  public void close() throws IOException {
    file.close();
  }

  /** Where the contents of a member begin, behind its local header (4.3.7). */
  static long contentsAt(SeekableFile file, long header) throws IOException {
    ByteBuffer local =
        ByteBuffer.wrap(file.range(header, LOCAL_BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    if (local.getInt(0) != LOCAL_SIGNATURE) {
      throw new EOFException("no member begins at byte %d".formatted(header));
    }
    return header
        + LOCAL_BYTES
        + Short.toUnsignedInt(local.getShort(26))
        + Short.toUnsignedInt(local.getShort(28));
  }
}
