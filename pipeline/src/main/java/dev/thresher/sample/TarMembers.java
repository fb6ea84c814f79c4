package dev.thresher.sample;

import java.io.Closeable;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The headers of a tar archive, or of one inside another: reads no contents, unpacks nothing, and
 * holds one header at a time. POSIX (ustar, pax) and GNU archives are read.
 *
 * <p>An archive that breaks off or whose headers are damaged is refused whole: what lies behind
 * cannot be found, and half a class is worse than none.
 *
 * <p>The headers are read here and not by a library: which one a cluster brings is not ours to
 * choose, and a name or two of each member is all that is needed.
 */
final class TarMembers implements Closeable {
  /** A longer name, or more that is said of one member, is no archive of images. */
  private static final int LONGEST_EXTENSION = 1 << 20;

  private final SeekableFile file;
  private final PositionedStream in;
  private final String archive;
  private PaxRecords ofAll = PaxRecords.none();

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
  }

  /** The next one, null after the last. */
  Member next() throws IOException {
    PaxRecords said = PaxRecords.none();
    Optional<String> longName = Optional.empty();
    TarHeader header;
    while ((header = header()) != null) {
      switch (header.type()) {
        case 'x', 'X' -> said = pax(header).over(said);
        case 'g' -> ofAll = pax(header).over(ofAll);
        case 'L' -> longName = Optional.of(text(extension(header)));
        case 'K' -> extension(header);
        default -> {
          return member(header, said.over(ofAll), longName);
        }
      }
    }
    return null;
  }

  private Member member(TarHeader header, PaxRecords said, Optional<String> longName)
      throws IOException {
    String name = said.name().or(() -> longName).orElseGet(header::name);
    boolean goesOn = header.saysSparseGoesOn();
    while (goesOn) {
      byte[] map = block();
      goesOn = map[TarHeader.BLOCK - 8] != 0; // As many entries as fit, then this flag.
    }
    long size = holdsContents(header.type()) ? size(header, said) : 0;
    long offset = in.position();
    if (size > in.end() - offset) {
      throw damaged("it ends at byte %d, in the middle of %s".formatted(in.end(), name));
    }
    skip(size);
    return new Member(plain(name), kind(header.type(), name, said), offset, size);
  }

  /** Links, devices and folders have none, whatever their size says. */
  private static boolean holdsContents(char type) {
    return type < '1' || type > '6';
  }

  private long size(TarHeader header, PaxRecords said) {
    Optional<String> told = said.size();
    Optional<Long> size =
        told.isEmpty()
            ? header.size()
            : told.filter(text -> text.matches("\\d{1,18}")).map(Long::parseLong);
    return size.orElseThrow(() -> damaged("the size of a member is no number"));
  }

  /** The next header, null where the archive ends. */
  private TarHeader header() throws IOException {
    if (in.position() >= in.end()) {
      return null;
    }
    TarHeader header = new TarHeader(block());
    if (header.isEnd()) {
      return null;
    }
    if (!header.isWhole()) {
      throw damaged("the check sum of a header does not hold");
    }
    return header;
  }

  private byte[] block() throws IOException {
    byte[] block = in.readNBytes(TarHeader.BLOCK);
    if (block.length < TarHeader.BLOCK) {
      throw damaged("it ends at byte %d, in the middle of a header".formatted(in.end()));
    }
    return block;
  }

  private PaxRecords pax(TarHeader header) throws IOException {
    return PaxRecords.parse(extension(header))
        .orElseThrow(() -> damaged("what a pax header says is no list of lengths and values"));
  }

  private byte[] extension(TarHeader header) throws IOException {
    long size = size(header, PaxRecords.none());
    if (size > LONGEST_EXTENSION) {
      throw damaged(
          "%d bytes are said of one member, and %d are the limit"
              .formatted(size, LONGEST_EXTENSION));
    }
    long begin = in.position();
    byte[] bytes = in.readNBytes((int) size);
    if (bytes.length < size) {
      throw damaged("it ends at byte %d, in the middle of a header".formatted(in.end()));
    }
    in.seek(begin);
    skip(size);
    return bytes;
  }

  /** Contents end at a whole block; the last of an archive may do without. */
  private void skip(long size) {
    long blocks = (size + TarHeader.BLOCK - 1) / TarHeader.BLOCK;
    in.seek(Math.min(in.end(), in.position() + blocks * TarHeader.BLOCK));
  }

  private static String text(byte[] name) {
    int end = 0;
    while (end < name.length && name[end] != 0) {
      end++;
    }
    return new String(name, 0, end, StandardCharsets.UTF_8);
  }

  /** Contents of the member that was given last; for small ones. */
  byte[] contents(Member member) throws IOException {
    return file.range(member.offset(), (int) member.bytes());
  }

  private SampleException damaged(String reason) {
    return new SampleException(
        "Cannot read the tar archive %s: damaged near byte %d (%s). Copy it again, and hold it against its checksum."
            .formatted(archive, in.position(), reason));
  }

  private static Kind kind(char type, String name, PaxRecords said) {
    if (type == '5' || type == 'D' || (isFile(type) && name.endsWith("/"))) {
      return Kind.FOLDER;
    }
    return isFile(type) && !said.saysSparse() ? Kind.FILE : Kind.OTHER;
  }

  private static boolean isFile(char type) {
    return type == 0 || type == '0' || type == '7';
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
