package dev.thresher.sample;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * An image that a list names.
 *
 * @param path of the image
 * @param label that the line says, if it is a number
 * @param className that the line says instead of a number; empty where it does not
 */
record ListLine(String path, OptionalInt label, String className) {
  private static final Pattern LABELLED = Pattern.compile("(.*\\S)\\s+(\\d{1,9})");
  private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

  /** Separators of Windows, where no other is used, are separators. */
  ListLine {
    if (path.indexOf('\\') >= 0 && path.indexOf('/') < 0) {
      path = path.replace('\\', '/');
    }
  }

  /** A line {@code path} or {@code path label}. */
  static ListLine parse(String text) {
    Matcher labelled = LABELLED.matcher(text);
    return labelled.matches() ? of(labelled.group(1), labelled.group(2)) : of(text, "");
  }

  /** A path and what a table says of its class: a number, a name, or nothing. */
  static ListLine of(String path, String said) {
    return NUMBER.matcher(said).matches()
        ? new ListLine(path, OptionalInt.of(Integer.parseInt(said)), "")
        : new ListLine(path, OptionalInt.empty(), said);
  }

  static boolean isLabelledImage(String text) {
    ListLine line = parse(text);
    return line.label().isPresent() && ImageNames.isImage(line.path());
  }
}
