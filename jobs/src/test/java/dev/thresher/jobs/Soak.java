package dev.thresher.jobs;

import java.time.Duration;
import java.time.Instant;

/**
 * How much of a test that injects faults is done: a few cases in every build, and under {@code
 * deploy/thresher soak} all of them, as far as its minutes go. What was done is printed.
 */
final class Soak {
  /** Set by {@code deploy/thresher soak}: how long each kind of fault may take. */
  private static final Integer MINUTES = Integer.getInteger("thresher.soak.minutes");

  private final String what;
  private final int wanted;
  private final Instant begin = Instant.now();
  private int done;

  private Soak(String what, int wanted) {
    this.what = what;
    this.wanted = wanted;
  }

  /** So many cases in a build, so many in the long form. */
  static Soak of(String what, int brief, int whole) {
    return new Soak(what, isLong() ? whole : brief);
  }

  static boolean isLong() {
    return MINUTES != null;
  }

  /** How many cases there are to be, time permitting. */
  int wanted() {
    return wanted;
  }

  /** Whether to do another case; prints the count where not. */
  boolean goesOn() {
    boolean late =
        isLong()
            && Duration.between(begin, Instant.now()).compareTo(Duration.ofMinutes(MINUTES)) > 0;
    if (done < wanted && !late) {
      done++;
      return true;
    }
    System.out.printf("soak: %d of %d %s, all survived%n", done, wanted, what);
    return false;
  }
}
