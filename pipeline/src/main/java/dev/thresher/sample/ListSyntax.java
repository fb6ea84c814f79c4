package dev.thresher.sample;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;

/**
 * How the lines of a list are written: what a first look at it tells.
 *
 * @param text how bytes are letters
 * @param separator between the fields of a line; {@link #BLANK} where a label follows a path
 * @param path place of the path among the fields, from 0
 * @param label place of the label, -1 where there is none
 * @param header whether the first line names the columns
 */
record ListSyntax(Encoding text, char separator, int path, int label, boolean header)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** A path with blanks in it may precede the label: only the last field is taken off. */
  static final char BLANK = ' ';

  /** What people call a column of paths. */
  private static final List<String> PATHS =
      List.of(
          "path",
          "file",
          "filename",
          "file_name",
          "filepath",
          "file_path",
          "image",
          "image_path",
          "image_file",
          "image_name",
          "img",
          "img_path",
          "name");

  /** What people call a column of labels. */
  private static final List<String> LABELS =
      List.of(
          "label",
          "class",
          "class_id",
          "class_index",
          "class_name",
          "label_id",
          "label_idx",
          "target",
          "category",
          "y");

  /** How letters are stored. */
  enum Encoding {
    UTF_8,
    UTF_16LE,
    UTF_16BE;

    /** Bytes of one unit: lines end where a whole unit says so. */
    int unit() {
      return this == UTF_8 ? 1 : 2;
    }

    /** By the byte order mark; UTF-8 without one. */
    static Encoding of(byte[] begin) {
      if (begin.length >= 2 && begin[0] == (byte) 0xff && begin[1] == (byte) 0xfe) {
        return UTF_16LE;
      }
      return begin.length >= 2 && begin[0] == (byte) 0xfe && begin[1] == (byte) 0xff
          ? UTF_16BE
          : UTF_8;
    }
  }

  /** Lines of a path, and perhaps a label behind it. */
  static ListSyntax plain(Encoding text) {
    return new ListSyntax(text, BLANK, 0, -1, false);
  }

  /**
   * Tells the syntax.
   *
   * @param list the file, for messages
   * @param first its first line that says something
   * @throws SampleException if it is a table, and no column is one of paths
   */
  static ListSyntax of(String list, Encoding text, String first) {
    char separator = separator(list, first);
    if (separator == BLANK) {
      return plain(text);
    }
    List<String> fields = fields(first, separator);
    List<String> names =
        fields.stream().map(field -> field.strip().toLowerCase(Locale.ROOT)).toList();
    OptionalInt path = place(names, PATHS);
    if (path.isPresent()) {
      return new ListSyntax(
          text, separator, path.getAsInt(), place(names, LABELS).orElse(-1), true);
    }
    if (fields.size() <= 2 && ImageNames.isImage(fields.get(0))) {
      return new ListSyntax(text, separator, 0, fields.size() == 1 ? -1 : 1, false);
    }
    throw new SampleException(
        "Cannot read %s as a list of images: its first line has the columns %s, and none is called path or file. Name the columns in the first line: path,label"
            .formatted(list, names));
  }

  /** A list is a table by its name, or by a first line of quoted or named columns. */
  private static char separator(String list, String first) {
    String suffix = ImageNames.extension(list);
    if (suffix.equals("tsv")) {
      return '\t';
    }
    boolean table = suffix.equals("csv") || first.startsWith("\"");
    for (char separator : new char[] {',', ';', '\t'}) {
      List<String> fields = first.indexOf(separator) < 0 ? List.of() : fields(first, separator);
      boolean named =
          fields.stream().anyMatch(field -> PATHS.contains(field.strip().toLowerCase(Locale.ROOT)));
      boolean labelled = fields.size() == 2 && ImageNames.isImage(fields.get(0));
      if (!fields.isEmpty() && (table || named || labelled)) {
        return separator;
      }
    }
    return table ? ',' : BLANK;
  }

  private static OptionalInt place(List<String> names, List<String> wanted) {
    return wanted.stream().mapToInt(names::indexOf).filter(at -> at >= 0).findFirst();
  }

  /**
   * What a line says.
   *
   * @throws SampleException if it has too few fields, or a quote that does not end
   */
  ListLine parse(String line, String list) {
    if (separator == BLANK) {
      return ListLine.parse(line);
    }
    List<String> fields = fields(line, separator);
    if (fields.size() <= Math.max(path, label)) {
      throw new SampleException(
          "Cannot read the line '%s' of %s: it has %d fields, and the first line has more. Quote fields that hold a '%s'."
              .formatted(line, list, fields.size(), separator));
    }
    String said = label < 0 ? "" : fields.get(label).strip();
    return ListLine.of(fields.get(path).strip(), said);
  }

  /** RFC 4180, within one line: fields in double quotes hold separators, and "" for a quote. */
  private static List<String> fields(String line, char separator) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"' && quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
        field.append('"');
        i++;
      } else if (c == '"' && (quoted || field.toString().isBlank())) {
        quoted = !quoted;
      } else if (c == separator && !quoted) {
        fields.add(field.toString());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    if (quoted) {
      throw new SampleException(
          "Cannot read the line '%s' of a list of images: a quote in it does not end. A quote in a name is written twice."
              .formatted(line));
    }
    fields.add(field.toString());
    return fields;
  }
}
