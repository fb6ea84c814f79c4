package dev.thresher.jobs;

/**
 * Text from outside (names of files, of tensors, of layers) as a line of a log: one line, no
 * control characters that a terminal would obey or that would forge another line, and of bounded
 * length.
 */
final class Printable {
  private static final int LONGEST = 4_000;
  private static final String CUT = " [...]";

  private Printable() {}

  /** The text in one line; control characters become escapes such as \\u001b. */
  static String line(String text) {
    StringBuilder line = new StringBuilder(Math.min(text.length(), LONGEST) + CUT.length());
    for (int i = 0; i < text.length() && line.length() < LONGEST; i++) {
      char c = text.charAt(i);
      boolean told =
          Character.isISOControl(c)
              || Character.getType(c) == Character.FORMAT
              || Character.getType(c) == Character.LINE_SEPARATOR
              || Character.getType(c) == Character.PARAGRAPH_SEPARATOR;
      if (told) {
        line.append("\\u%04x".formatted((int) c));
      } else {
        line.append(c);
      }
    }
    return line.length() < LONGEST ? line.toString() : line.append(CUT).toString();
  }
}
