package dev.thresher.evaluate;

import java.util.OptionalDouble;

/**
 * The difference of two networks' accuracies on the same images, in points of percent, with its 95
 * % confidence interval; all empty without labelled images. Positive where the second network is
 * worse.
 *
 * <p>Two networks see the same images, so their hits are not independent and their own intervals
 * say little about the difference. The interval is method 10 of Newcombe, "Improved confidence
 * intervals for the difference between binomial proportions based on paired data", Stat. Med. 17
 * (1998), 2635-2650: the Wilson intervals of both shares, squared and added with the correlation of
 * the pairs, whose numerator is corrected for continuity. With p, (l, u) of the first and q, (m, v)
 * of the second network, and phi their correlation:
 *
 * <pre>
 *   low  = (p - q) - sqrt((p - l)^2 - 2 phi (p - l) (v - q) + (v - q)^2)
 *   high = (p - q) + sqrt((u - p)^2 - 2 phi (u - p) (q - m) + (q - m)^2)
 * </pre>
 *
 * <p>The p-value is of McNemar's exact test, two-sided: the chance that the images on which exactly
 * one of the two is right fall at least as unevenly by tossing a coin. Source: McNemar,
 * Psychometrika 12 (1947), 153-157.
 *
 * @param points first minus second accuracy
 * @param low lower end of the interval
 * @param high upper end of the interval
 * @param pValue from 0 to 1
 */
public record Drop(
    OptionalDouble points, OptionalDouble low, OptionalDouble high, OptionalDouble pValue) {
  private static final Drop UNKNOWN =
      new Drop(
          OptionalDouble.empty(),
          OptionalDouble.empty(),
          OptionalDouble.empty(),
          OptionalDouble.empty());

  /** Of nothing. */
  public static Drop unknown() {
    return UNKNOWN;
  }

  /** Of counts; none give the unknown drop. Cost: grows with the images that differ. */
  public static Drop of(PairedCounts counts) {
    long n = counts.images();
    if (n == 0) {
      return UNKNOWN;
    }
    long first = counts.first();
    long second = counts.second();
    double p = (double) first / n;
    double q = (double) second / n;
    double phi = correlation(counts);
    double difference = (double) (counts.lost() - counts.gained()) / n;
    double below = added(p - Proportion.low(first, n), Proportion.high(second, n) - q, phi);
    double above = added(Proportion.high(first, n) - p, q - Proportion.low(second, n), phi);
    return new Drop(
        OptionalDouble.of(100 * difference),
        OptionalDouble.of(100 * (difference - below)),
        OptionalDouble.of(100 * (difference + above)),
        OptionalDouble.of(mcNemar(counts.lost(), counts.gained())));
  }

  private static double added(double a, double b, double phi) {
    return Math.sqrt(Math.max(a * a - 2 * phi * a * b + b * b, 0));
  }

  private static double correlation(PairedCounts counts) {
    double a = counts.both();
    double b = counts.lost();
    double c = counts.gained();
    double d = counts.neither();
    double norm = Math.sqrt((a + b) * (c + d)) * Math.sqrt((a + c) * (b + d));
    if (norm == 0) {
      return 0;
    }
    double numerator = a * d - b * c;
    double corrected = numerator > 0 ? Math.max(numerator - (a + b + c + d) / 2, 0) : numerator;
    return corrected / norm;
  }

  /** Twice the binomial tail up to the smaller count, at most 1. */
  private static double mcNemar(long lost, long gained) {
    long n = lost + gained;
    double logChoose = 0;
    double sum = 0;
    for (long k = 0; k <= Math.min(lost, gained); k++) {
      sum += Math.exp(logChoose - n * Math.log(2));
      logChoose += Math.log((double) (n - k)) - Math.log((double) (k + 1));
    }
    return Math.min(2 * sum, 1);
  }
}
