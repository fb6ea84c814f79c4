package dev.thresher.sample;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
final class Selection {
  private Selection() {}

  private record Keyed<T>(T item, long hash, String name) {}

  private record Remainder(String stratum, BigDecimal fraction) {}

  private static final Comparator<Keyed<?>> BY_HASH =
      Comparator.<Keyed<?>, Long>comparing(Keyed::hash, Long::compareUnsigned)
          .thenComparing(Keyed::name);

  /** The selected images, in sample order. */
  static List<ImageRef> select(Collection<ImageRef> images, double fraction, long seed) {
    checkFraction(fraction);
    Map<String, List<ImageRef>> strata = new TreeMap<>();
    for (ImageRef image : images) {
      strata.computeIfAbsent(image.stratum(), name -> new ArrayList<>()).add(image);
    }
    Map<String, Integer> sizes = new TreeMap<>();
    strata.forEach((name, members) -> sizes.put(name, members.size()));
    Map<String, Integer> quotas = quotas(sizes, fraction, seed);
    List<ImageRef> selected = new ArrayList<>();
    strata.forEach(
        (name, members) ->
            selected.addAll(ordered(members, "select", seed).subList(0, quotas.get(name))));
    return ordered(selected, "order", seed);
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

  private static List<ImageRef> ordered(List<ImageRef> images, String purpose, long seed) {
    SeededHash hash = new SeededHash(seed);
    return images.stream()
        .map(image -> new Keyed<>(image, hash.of(purpose, image.id()), image.id()))
        .sorted(BY_HASH)
        .map(Keyed::item)
        .toList();
  }

  static void checkFraction(double fraction) {
    if (!(fraction > 0 && fraction <= 1)) {
      throw new IllegalArgumentException(
          "Cannot take a fraction of %s of the images: give a number above 0, at most 1."
              .formatted(fraction));
    }
  }
}
