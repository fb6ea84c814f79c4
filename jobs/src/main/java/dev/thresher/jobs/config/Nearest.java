package dev.thresher.jobs.config;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Finds what a mistyped name was meant to be. */
public final class Nearest {
  /** Looked at in a folder; a set of images can have millions. */
  private static final int MOST_FILES = 10_000;

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
    return spelledLike(lower, candidates).or(() -> sameEnd);
  }

  private static Optional<String> spelledLike(String lower, Collection<String> candidates) {
    int limit = Math.max(2, lower.length() / 3);
    return candidates.stream()
        .min(
            Comparator.<String>comparingInt(c -> distance(lower, c))
                .thenComparing(Comparator.naturalOrder()))
        .filter(c -> distance(lower, c) <= limit);
  }

  /**
   * "; did you mean 'NAME'?" where a file that is not there has a likely name in its folder of this
   * machine, or among others; the empty text elsewhere.
   *
   * @param path as the user gave it; anything with a scheme has no folder here
   * @param others names that need no folder
   */
  public static String file(String path, Collection<String> others) {
    TreeMap<String, String> known = new TreeMap<>();
    others.forEach(name -> known.put(name, name));
    if (!path.contains("://")) {
      int slash = path.lastIndexOf('/');
      String folder = path.substring(0, slash + 1);
      try (Stream<Path> beside = Files.list(Path.of(folder.isEmpty() ? "." : folder))) {
        beside
            .limit(MOST_FILES)
            .map(file -> file.getFileName().toString())
            .forEach(name -> known.put(name, folder + name));
      } catch (IOException | InvalidPathException | UncheckedIOException e) {
        // The folder cannot be looked at: then there is no guess.
      }
    }
    String name = path.substring(path.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
    return spelledLike(name, known.keySet())
        .map(near -> "; did you mean '" + known.get(near) + "'?")
        .orElse("");
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
