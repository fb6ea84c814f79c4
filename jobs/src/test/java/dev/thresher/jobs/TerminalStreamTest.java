package dev.thresher.jobs;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TerminalStreamTest {
  private static final Map<String, String> XTERM = Map.of("TERM", "xterm");

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final PrintStream target = new PrintStream(bytes, true, UTF_8);

  /** What a terminal would show in the end: a line that is cleared is gone. */
  private String shown() {
    StringBuilder screen = new StringBuilder();
    for (String line : bytes.toString(UTF_8).split("\n", -1)) {
      String[] parts = line.split("\r\u001b\\[K", -1);
      screen.append(parts[parts.length - 1]).append('\n');
    }
    return screen.toString().strip();
  }

  @Test
  void theLineIsReplacedAndLeavesNothingBehind() {
    TerminalStream terminal = new TerminalStream(target, 80);
    terminal.println("sample: 10 images");
    terminal.status("sample 1/10");
    terminal.status("sample 2/10");
    assertThat(shown()).isEqualTo("sample: 10 images\nsample 2/10");
    terminal.println("a warning");
    terminal.status("sample 9/10");
    terminal.print("done");
    terminal.println();
    assertThat(shown()).isEqualTo("sample: 10 images\na warning\ndone");
  }

  @Test
  void aLineIsNotWiderThanTheTerminal() {
    TerminalStream terminal = new TerminalStream(target, 10);
    terminal.status("0123456789abcdef");
    assertThat(shown()).isEqualTo("012345678");
  }

  @Test
  void onlyATerminalThatUnderstandsItHasOne() {
    assertThat(TerminalStream.of(target, Optional.of("120"), XTERM)).isPresent();
    assertThat(TerminalStream.of(target, Optional.empty(), XTERM)).isEmpty();
    assertThat(TerminalStream.of(target, Optional.of("wide"), XTERM)).isEmpty();
    assertThat(TerminalStream.of(target, Optional.of("120"), Map.of("TERM", "dumb"))).isEmpty();
    assertThat(TerminalStream.of(target, Optional.of("120"), Map.of())).isEmpty();
  }
}
