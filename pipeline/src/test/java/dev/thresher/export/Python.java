package dev.thresher.export;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/**
 * Runs the scripts of {@code src/test/python} with the interpreter that {@code THRESHER_PYTHON}
 * names: one that has their requirements. Tests skip where it is not set.
 */
public final class Python {
  private static final String VARIABLE = "THRESHER_PYTHON";

  private Python() {}

  /** Runs a script to its end, which must be a good one. */
  public static void run(String script, Object... arguments)
      throws IOException, InterruptedException {
    String interpreter = System.getenv(VARIABLE);
    Assumptions.assumeTrue(
        interpreter != null && !interpreter.isEmpty(),
        "skipped: "
            + VARIABLE
            + " names no Python with pipeline/src/test/python/requirements.txt installed");
    Path folder = Path.of(System.getProperty("thresher.root"), "pipeline/src/test/python");
    List<String> command = new ArrayList<>(List.of(interpreter, folder.resolve(script).toString()));
    for (Object argument : arguments) {
      command.add(argument.toString());
    }
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(() -> command + "\n" + said).isZero();
  }
}
