package dev.thresher.sample;

/**
 * Something about one image that the user should know.
 *
 * @param path where it lies
 * @param reason what is wrong with it, or how it was read all the same
 */
public record ImageNote(String path, String reason) implements Indexed {
  private static final long serialVersionUID = 1L;

  /** Path and reason in one line, whatever the image is called: control characters as escapes. */
  String line() {
    StringBuilder line = new StringBuilder();
    path.chars()
        .forEach(
            c -> line.append(Character.isISOControl(c) ? "\\u%04x".formatted(c) : (char) c + ""));
    return line.append(": ").append(reason).toString();
  }
}
