package dev.thresher.jobs.config;

import java.util.List;

/** A configuration that cannot be used, with everything that is wrong with it. */
public final class ConfigurationException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** With one message. */
  public ConfigurationException(String problem) {
    super(problem);
  }

  /** With one message per problem, one a line. */
  ConfigurationException(List<String> problems) {
    super(String.join("\n", problems));
  }
}
