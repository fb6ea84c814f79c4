package dev.thresher.jobs.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds what a mistyped name was meant to be. */
public final class Nearest {
  private Nearest() {}

  /**
   * The candidate with the smallest edit distance (insertion, deletion, exchange, swap of
   * neighbours), empty where none is near: more than half of the letters would change. A key whose
   * last part is the name itself is near too. Ties: alphabetical order.
   */
  public static Optional<String> to(String name, Collection<String> candidates) {
    String lower = name.toLowerCase(Locale.ROOT);
    Optional<String> sameEnd =
        candidates.stream().filter(c -> lastPart(c).equals(lastPart(lower))).sorted().findFirst();
    Optional<String> nearest =
        candidates.stream()
            .min(
                Comparator.<String>comparingInt(c -> distance(lower, c))
                    .thenComparing(Comparator.naturalOrder()));
    int limit = Math.max(2, lower.length() / 3);
    return nearest.filter(c -> distance(lower, c) <= limit).or(() -> sameEnd);
  }

  /** Optimal string alignment distance. Cost: product of the lengths. */
  static int distance(String a, String b) {
    int[][] d = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      d[i][0] = i;
    }
    for (int j = 0; j <= b.length(); j++) {
      d[0][j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      for (int j = 1; j <= b.length(); j++) {
        int exchange = d[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        d[i][j] = Math.min(exchange, 1 + Math.min(d[i - 1][j], d[i][j - 1]));
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
        }
      }
    }
    return d[a.length()][b.length()];
  }

  private static String lastPart(String key) {
    return key.substring(key.lastIndexOf('.') + 1);
  }
}
