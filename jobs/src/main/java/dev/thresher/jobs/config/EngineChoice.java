package dev.thresher.jobs.config;

/** What computes. */
public enum EngineChoice {
  /** The fastest that this machine can run. */
  AUTO,
  /** Plain Java. */
  REFERENCE,
  /** The oneDNN library. */
  ONEDNN
}
