package dev.thresher.jobs;

import java.util.Map;

/** What an environment says of the terminal. */
final class Terminal {
  private Terminal() {}

  /** Whether a terminal may be coloured: not where NO_COLOR (no-color.org) is set or it is dumb. */
  static boolean mayColour(Map<String, String> environment) {
    return environment.getOrDefault("NO_COLOR", "").isEmpty()
        && !environment.getOrDefault("TERM", "dumb").equals("dumb");
  }
}
