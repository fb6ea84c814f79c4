package dev.thresher.sample;

import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A line {@code path} or {@code path label}. */
record ListLine(String path, OptionalInt label) {
  private static final Pattern LABELLED = Pattern.compile("(.*\\S)\\s+(\\d{1,9})");

  static ListLine parse(String text) {
    Matcher labelled = LABELLED.matcher(text);
    return labelled.matches()
        ? new ListLine(labelled.group(1), OptionalInt.of(Integer.parseInt(labelled.group(2))))
        : new ListLine(text, OptionalInt.empty());
  }

  static boolean isLabelledImage(String text) {
    ListLine line = parse(text);
    return line.label().isPresent() && ImageNames.isImage(line.path());
  }
}
