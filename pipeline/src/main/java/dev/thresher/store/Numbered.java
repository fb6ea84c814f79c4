package dev.thresher.store;

import java.util.function.IntPredicate;

/**
 * Finds the newest of records that are numbered 1, 2, 3, ... without a listing, which may lag: by
 * doubling and halving, and across a gap of one, so that a record that was lost hides none behind
 * it.
 */
public final class Numbered {
  private Numbered() {}

  /**
   * The greatest number that is present, 0 where none is. Cost: about 4 log2(n) questions.
   *
   * @param isPresent whether there is a record of this number
   */
  public static int newest(IntPredicate isPresent) {
    IntPredicate reached = n -> isPresent.test(n) || isPresent.test(n + 1);
    if (!reached.test(1)) {
      return 0;
    }
    int present = 1;
    int absent = 2;
    while (reached.test(absent)) {
      present = absent;
      absent *= 2;
    }
    while (absent - present > 1) {
      int middle = (present + absent) >>> 1;
      if (reached.test(middle)) {
        present = middle;
      } else {
        absent = middle;
      }
    }
    return isPresent.test(present + 1) ? present + 1 : present;
  }
}
