package dev.thresher.sample;

import dev.thresher.sample.DrawKey.Slot;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Which images a sample holds, and in what order: a function of seed, fraction and the ids alone.
 *
 * <p>Of n images, T = max(1, round(fraction n)) are taken. Stratum c with n_c images gives
 * floor(fraction n_c); what is missing to T goes to the largest remainders, ties to the smaller
 * seeded hash of the stratum. Within a stratum the images of smallest seeded hash are taken. So a
 * stratum's share is off by less than one image, and one image per class at 10 % gives a tenth of
 * the classes. O(n log n); exact decimal arithmetic.
 */
public final class Selection {
  private Selection() {}

  private record Keyed<T>(T item, long hash, String name) {}

  private record Remainder(String stratum, BigDecimal fraction) {}

  private static final Comparator<Keyed<?>> BY_HASH =
      Comparator.<Keyed<?>, Long>comparing(Keyed::hash, Long::compareUnsigned)
          .thenComparing(Keyed::name);

  /**
   * How many images each slot of a stratum gives, the smallest hashes first.
   *
   * @param counts images of each slot
   */
  public static Map<Slot, Integer> quotas(
      SortedMap<Slot, Integer> counts, double fraction, long seed) {
    Map<String, Integer> sizes = new TreeMap<>();
    counts.forEach((slot, n) -> sizes.merge(slot.stratum(), n, Integer::sum));
    Map<String, Integer> left = quotas(sizes, fraction, seed);
    Map<Slot, Integer> quotas = new HashMap<>();
    counts.forEach(
        (slot, n) -> {
          int taken = Math.min(n, left.get(slot.stratum()));
          left.merge(slot.stratum(), -taken, Integer::sum);
          quotas.put(slot, taken);
        });
    return quotas;
  }

  /** How many images each stratum gives; sums to max(1, round(fraction n)). */
  static Map<String, Integer> quotas(Map<String, Integer> sizes, double fraction, long seed) {
    checkFraction(fraction);
    BigDecimal share = BigDecimal.valueOf(fraction);
    Map<String, Integer> quotas = new HashMap<>();
    List<Remainder> remainders = new ArrayList<>();
    long all = 0;
    int given = 0;
    for (Map.Entry<String, Integer> stratum : sizes.entrySet()) {
      BigDecimal exact = share.multiply(BigDecimal.valueOf(stratum.getValue()));
      BigDecimal whole = exact.setScale(0, RoundingMode.FLOOR);
      quotas.put(stratum.getKey(), whole.intValueExact());
      remainders.add(new Remainder(stratum.getKey(), exact.subtract(whole)));
      all += stratum.getValue();
      given += whole.intValueExact();
    }
    BigDecimal rounded =
        share.multiply(BigDecimal.valueOf(all)).setScale(0, RoundingMode.HALF_EVEN);
    int missing = Math.max(1, rounded.intValueExact()) - given;
    SeededHash hash = new SeededHash(seed);
    remainders.stream()
        .map(r -> new Keyed<>(r, hash.of("stratum", r.stratum()), r.stratum()))
        .sorted(
            Comparator.<Keyed<Remainder>, BigDecimal>comparing(k -> k.item().fraction())
                .reversed()
                .thenComparing(BY_HASH))
        .limit(missing)
        .forEach(keyed -> quotas.merge(keyed.name(), 1, Integer::sum));
    return quotas;
  }

  static void checkFraction(double fraction) {
    if (!(fraction > 0 && fraction <= 1)) {
      throw new IllegalArgumentException(
          "Cannot take a fraction of %s of the images: give a number above 0, at most 1."
              .formatted(fraction));
    }
  }
}
