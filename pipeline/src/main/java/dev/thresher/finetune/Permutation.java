package dev.thresher.finetune;

/** Seeded permutations that stay the same on every Java version: Fisher-Yates over SplitMix64. */
final class Permutation {
  private static final long GOLDEN = 0x9E3779B97F4A7C15L;

  private Permutation() {}

  /** A permutation of 0 .. size - 1 that depends on the keys alone. */
  static int[] of(int size, long... keys) {
    long state = 0;
    for (long key : keys) {
      state = mix(state + GOLDEN + mix(key));
    }
    int[] order = new int[size];
    for (int i = 0; i < size; i++) {
      order[i] = i;
    }
    for (int i = size - 1; i > 0; i--) {
      state += GOLDEN;
      int j = (int) Long.remainderUnsigned(mix(state), i + 1L);
      int other = order[j];
      order[j] = order[i];
      order[i] = other;
    }
    return order;
  }

  private static long mix(long value) {
    long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
