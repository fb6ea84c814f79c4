package dev.thresher.sample;

import dev.thresher.image.PreparedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The lines of a list file that begin in a range of its bytes.
 *
 * <p>The class of an entry is what its line says; else its folder's name where the entries of the
 * list lie in more than one folder, or where the labels know that name; else it has none.
 *
 * @param list the file
 * @param begin first byte of the range
 * @param end byte after the range
 * @param syntax how its lines are written
 * @param folders how many folders the entries lie in
 */
record ListUnit(String list, long begin, long end, ListSyntax syntax, Folders folders)
    implements IndexUnit {
  private static final long serialVersionUID = 1L;

  private static final int LONGEST_LINE = 64 << 10;

  /** How many folders the entries of a list lie in. */
  enum Folders {
    /** All in one. */
    ONE,
    /** In two or more: their names are classes. */
    SEVERAL
  }

  @Override
  public long bytes() {
    return end - begin;
  }

  @Override
  public IndexCursor open(ImageFiles files, Labels labels) throws IOException {
    return new Cursor(new Lines(files, list, begin, end, syntax), labels);
  }

  /** Looks at the beginning of a list; an empty one has the plain syntax. */
  static ListSyntax syntax(ImageFiles files, String list) throws IOException {
    ListSyntax.Encoding text;
    try (SeekableFile file = files.openSeekable(list)) {
      text = ListSyntax.Encoding.of(file.range(0, (int) Math.min(2, file.length())));
    }
    try (Lines lines = new Lines(files, list, 0, Long.MAX_VALUE, ListSyntax.plain(text))) {
      String first = lines.next();
      return first == null ? ListSyntax.plain(text) : ListSyntax.of(list, text, first);
    }
  }

  /** Reads the list until two folders are seen, or to its end. */
  static Folders folders(ImageFiles files, String list, ListSyntax syntax) throws IOException {
    try (Lines lines = new Lines(files, list, 0, Long.MAX_VALUE, syntax)) {
      String first = null;
      String line;
      while ((line = lines.next()) != null) {
        String folder = ImageNames.parent(syntax.parse(line, list).path());
        if (first != null && !first.equals(folder)) {
          return Folders.SEVERAL;
        }
        first = folder;
      }
      return Folders.ONE;
    }
  }

  private final class Cursor extends IndexCursor {
    private final Lines lines;
    private final Labels labels;
    private final String base;

    Cursor(Lines lines, Labels labels) {
      super(list);
      this.lines = lines;
      this.labels = labels;
      String folder = list.substring(0, list.lastIndexOf('/') + 1);
      this.base = folder.isEmpty() ? "." : folder;
    }

    @Override
    Indexed advance() throws IOException {
      String text = lines.next();
      if (text == null) {
        return null;
      }
      ListLine line = syntax.parse(text, list);
      Optional<String> objection = ImageNames.unprintable(line.path());
      if (objection.isPresent()) {
        return new ImageNote(line.path(), objection.get());
      }
      if (Schemes.holdsPassword(line.path())) {
        return new ImageNote(Schemes.withoutPassword(line.path()), Schemes.PASSWORD);
      }
      String path;
      try {
        path = ImageFiles.resolve(base, line.path());
      } catch (UnreadableLocationException e) {
        return new ImageNote(line.path(), e.getMessage());
      }
      String folder = labels.canonical(ImageNames.base(ImageNames.parent(path)));
      boolean isClass = folders == Folders.SEVERAL || labels.knows(folder);
      String className = line.className().isEmpty() ? (isClass ? folder : "") : line.className();
      int label =
          line.label().isPresent()
              ? labels.checked(line.label().getAsInt(), line.path() + " in " + list)
              : PreparedImage.UNLABELLED;
      return new ImageRef(
          new ImageLocation.WholeFile(path, ImageLocation.UNKNOWN),
          labels.canonical(className),
          ImageNames.base(path),
          label);
    }

    @Override
    public void close() throws IOException {
      lines.close();
    }
  }

  /** The lines that say something, stripped. */
  private static final class Lines implements AutoCloseable {
    private final String list;
    private final SeekableFile file;
    private final PositionedStream in;
    private final long end;
    private final ListSyntax syntax;
    private boolean headerAhead;

    Lines(ImageFiles files, String list, long begin, long end, ListSyntax syntax)
        throws IOException {
      this.list = list;
      this.file = files.openSeekable(list);
      this.in =
          new PositionedStream(file, Math.max(0, begin - syntax.text().unit()), file.length());
      this.end = end;
      this.syntax = syntax;
      this.headerAhead = begin == 0 && syntax.header();
      if (begin > 0) {
        raw();
      }
    }

    /** The next one that begins before the end of the range, null after it. */
    String next() throws IOException {
      while (in.position() < end) {
        boolean first = in.position() == 0;
        String text = raw();
        if (text == null) {
          return null;
        }
        String shown = (first && text.startsWith("\ufeff") ? text.substring(1) : text).strip();
        if (!shown.isEmpty() && !shown.startsWith("#")) {
          if (!headerAhead) {
            return shown;
          }
          headerAhead = false;
        }
      }
      return null;
    }

    /** The next line, null after the last. */
    private String raw() throws IOException {
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      int unit = unit();
      if (unit < 0) {
        return null;
      }
      boolean bytes = syntax.text() == ListSyntax.Encoding.UTF_8;
      while (unit >= 0 && unit != '\n') {
        if (unit == 0 || line.size() >= LONGEST_LINE) {
          throw new SampleException(
              "Cannot read %s as a list of images: it is not text. Give a folder, or a text file of lines 'path label'."
                  .formatted(list));
        }
        if (!bytes) {
          line.write(unit >> Byte.SIZE);
        }
        line.write(unit);
        unit = unit();
      }
      return line.toString(bytes ? StandardCharsets.UTF_8 : StandardCharsets.UTF_16BE);
    }

    /** A byte of UTF-8, two of UTF-16; -1 at the end. */
    private int unit() throws IOException {
      int first = in.read();
      if (first < 0 || syntax.text() == ListSyntax.Encoding.UTF_8) {
        return first;
      }
      int second = in.read();
      if (second < 0) {
        return -1;
      }
      return syntax.text() == ListSyntax.Encoding.UTF_16BE
          ? first << Byte.SIZE | second
          : second << Byte.SIZE | first;
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
