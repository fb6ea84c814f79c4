package dev.thresher.jobs;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Map;

/** What happened in one process of a run, as lines of JSON; stored when the process ends. */
final class Events {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Clock clock;
  private final StringBuilder lines = new StringBuilder();

  Events(Clock clock) {
    this.clock = clock;
  }

  synchronized void add(String event, Map<String, ?> details) {
    ObjectNode line = JSON.createObjectNode();
    line.put("time", clock.instant().toString());
    line.put("event", event);
    details.forEach((name, value) -> line.set(name, JSON.valueToTree(value)));
    lines.append(line).append('\n');
  }

  synchronized byte[] bytes() {
    return lines.toString().getBytes(StandardCharsets.UTF_8);
  }
}
