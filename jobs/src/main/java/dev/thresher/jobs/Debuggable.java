package dev.thresher.jobs;

/** A command that can print where an error happened. */
interface Debuggable {
  /** Whether it was asked to. */
  boolean debug();
}
