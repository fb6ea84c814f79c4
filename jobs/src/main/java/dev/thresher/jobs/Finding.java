package dev.thresher.jobs;

/**
 * What one check of the doctor found.
 *
 * @param check what was looked at, one word
 * @param state how it is
 * @param found what is there
 * @param advice what to do; empty where nothing needs doing
 */
record Finding(String check, State state, String found, String advice) {
  /** How something is. */
  enum State {
    /** As it should be. */
    OK,
    /** It works, and could be better. */
    WARN,
    /** Runs will not work. */
    FAIL
  }

  static Finding ok(String check, String found) {
    return new Finding(check, State.OK, found, "");
  }

  static Finding warn(String check, String found, String advice) {
    return new Finding(check, State.WARN, found, advice);
  }

  static Finding fail(String check, String found, String advice) {
    return new Finding(check, State.FAIL, found, advice);
  }
}
