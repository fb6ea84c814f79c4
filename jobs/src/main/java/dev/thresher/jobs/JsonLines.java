package dev.thresher.jobs;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;

/**
 * Makes each line that is printed one JSON object, as log4j2.properties does with what is logged:
 * the fields of the Elastic common schema. Safe for concurrent use.
 */
final class JsonLines extends OutputStream {
  static final String VARIABLE = "THRESHER_LOG_FORMAT";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final PrintStream out;
  private final ByteArrayOutputStream line = new ByteArrayOutputStream();

  private JsonLines(PrintStream out) {
    this.out = out;
  }

  /** Whether the environment asks for it: THRESHER_LOG_FORMAT=json. */
  static boolean isAskedFor(Map<String, String> environment) {
    return "json".equals(environment.get(VARIABLE));
  }

  /** Prints to this stream, a line of JSON for each line. */
  static PrintStream to(PrintStream out) {
    return new PrintStream(new JsonLines(out), true, StandardCharsets.UTF_8);
  }

  @Override
  public synchronized void write(int b) {
    if (b != '\n') {
      line.write(b);
      return;
    }
    String text = line.toString(StandardCharsets.UTF_8).stripTrailing();
    line.reset();
    if (!text.isEmpty()) {
      ObjectNode json = JSON.createObjectNode();
      json.put("@timestamp", Instant.now().truncatedTo(ChronoUnit.MILLIS).toString());
      json.put("log.level", text.startsWith("thresher: ") ? "ERROR" : "INFO");
      json.put("log.logger", "dev.thresher").put("message", text);
      out.println(json);
    }
  }
}
