package dev.thresher.store;

import java.time.Instant;

/**
 * An object as a listing shows it. Readers of a run never list; only its inspection does.
 *
 * @param key below the run's folder
 * @param kind what it is
 * @param size in bytes
 * @param modified when the store says that it was written
 */
public record StoredObject(String key, Kind kind, long size, Instant modified) {
  /** What can be found in a store that is a folder; any other holds objects alone. */
  public enum Kind {
    /** As this software writes them. */
    OBJECT("an object"),
    /** A symbolic link, whatever it leads to. */
    LINK("a symbolic link"),
    /** A pipe, a socket or a device. */
    SPECIAL("a special file"),
    /** What cannot be looked at: its folder denies it. */
    CLOSED("closed to this user");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    /** In words. */
    public String text() {
      return text;
    }
  }
}
