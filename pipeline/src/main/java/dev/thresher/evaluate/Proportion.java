package dev.thresher.evaluate;

import java.util.OptionalDouble;

/**
 * A share of images in percent with its 95 % confidence interval; all empty where there was nothing
 * to count.
 *
 * <p>The interval is Wilson's score interval, without continuity correction: {@code (2 h + z^2 -+ z
 * sqrt(z^2 + 4 h (n - h) / n)) / (2 (n + z^2))} of h hits among n; it stays within [0, 100] and is
 * right for shares near either end. Source: Wilson, J. Am. Stat. Assoc. 22 (1927), 209-212; method
 * 3 of Newcombe, Stat. Med. 17 (1998), 857-872.
 *
 * @param percent the share, 0 to 100
 * @param low lower end of the interval, in percent
 * @param high upper end of the interval, in percent
 */
public record Proportion(OptionalDouble percent, OptionalDouble low, OptionalDouble high) {
  /** Share of a confidence interval that holds the true value. */
  public static final double CONFIDENCE = 0.95;

  /** The standard normal quantile of 1 - 0.05 / 2. */
  static final double Z = 1.959963984540054;

  private static final Proportion UNKNOWN =
      new Proportion(OptionalDouble.empty(), OptionalDouble.empty(), OptionalDouble.empty());

  /** Of nothing. */
  public static Proportion unknown() {
    return UNKNOWN;
  }

  /**
   * Of a count.
   *
   * @param hits from 0 to {@code of}
   * @param of how many were looked at; none gives the unknown proportion
   */
  public static Proportion of(long hits, long of) {
    if (of == 0) {
      return UNKNOWN;
    }
    if (hits < 0 || hits > of) {
      throw new IllegalArgumentException("Cannot count " + hits + " of " + of + " images.");
    }
    return new Proportion(
        OptionalDouble.of(100.0 * hits / of),
        OptionalDouble.of(100 * low(hits, of)),
        OptionalDouble.of(100 * high(hits, of)));
  }

  /** Lower end as a share in [0, 1]. */
  static double low(long hits, long of) {
    return hits == 0 ? 0 : (2 * hits + Z * Z - spread(hits, of)) / (2 * (of + Z * Z));
  }

  /** Upper end as a share in [0, 1]. */
  static double high(long hits, long of) {
    return hits == of ? 1 : (2 * hits + Z * Z + spread(hits, of)) / (2 * (of + Z * Z));
  }

  private static double spread(long hits, long of) {
    return Z * Math.sqrt(Z * Z + 4.0 * hits * (of - hits) / of);
  }
}
