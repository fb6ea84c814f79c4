package dev.thresher.jobs.config;

import java.util.Locale;

/** What computes. */
public enum EngineChoice {
  /** The fastest that this machine can run. */
  AUTO,
  /** Plain Java. */
  REFERENCE,
  /** The oneDNN library. */
  ONEDNN;

  /** The name that the configuration uses. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }
}
