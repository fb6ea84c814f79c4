package dev.thresher.jobs.config;

import java.util.regex.Pattern;

/** A value that is never printed. */
public record Secret(String reveal) {
  /** What stands for a secret in print. */
  public static final String MASK = "***";

  private static final Pattern NAMES =
      Pattern.compile(
          "(?i).*(secret|passw|token|access[._-]?key|credential|encryption[._-]?key).*");

  /** Whether the value of this key must be masked. */
  public static boolean isSecret(String key) {
    return NAMES.matcher(key).matches();
  }

  /** Whether there is one. */
  public boolean isPresent() {
    return !reveal.isEmpty();
  }

  @Override
  public String toString() {
    return MASK;
  }
}
