package dev.thresher.jobs;

import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/**
 * A terminal whose last line tells how far the work is. The line is replaced in place; whatever
 * else is printed takes its place. Safe for concurrent use.
 */
final class TerminalStream extends PrintStream {
  /** Set by the launcher where standard error is a terminal: its width in columns. */
  static final String COLUMNS = "thresher.columns";

  private static final String CLEAR = "\r\u001b[K";

  private final PrintStream target;
  private final int columns;
  private boolean shown;

  TerminalStream(PrintStream target, int columns) {
    super(target, true, StandardCharsets.UTF_8);
    this.target = target;
    this.columns = columns;
  }

  /** This stream as a terminal, where the launcher saw one and it understands control sequences. */
  static Optional<TerminalStream> of(
      PrintStream target, Optional<String> columns, Map<String, String> environment) {
    return columns
        .filter(text -> text.matches("[1-9][0-9]{0,3}"))
        .filter(text -> !environment.getOrDefault("TERM", "dumb").equals("dumb"))
        .map(text -> new TerminalStream(target, Integer.parseInt(text)));
  }

  /** Shows a line until the next one, or anything else, is printed. */
  synchronized void status(String line) {
    // One column stays free: a full line would wrap.
    target.print(CLEAR + line.substring(0, Math.min(line.length(), Math.max(1, columns - 1))));
    target.flush();
    shown = true;
  }

  @Override
  public synchronized void write(int octet) {
    clear();
    super.write(octet);
  }

  @Override
  public synchronized void write(byte[] bytes, int from, int count) {
    clear();
    super.write(bytes, from, count);
  }

  private void clear() {
    if (shown) {
      shown = false;
      target.print(CLEAR);
      target.flush();
    }
  }
}
