package dev.thresher.engine;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.Locale;

/**
 * The memory outside the heap that the plans of this JVM hold, and the most that they may. A plan
 * takes it when it is made and gives it back when it is closed; a step takes none, unless a layer's
 * sums need to come before requantization for the first time. Thread-safe.
 */
public final class EngineMemory {
  /** Environment variable with the limit in bytes, by which a driver sets that of its executors. */
  public static final String LIMIT_VARIABLE = "THRESHER_ENGINE_MEMORY";

  /** Of all memory, what plans may take even where the heap leaves less. */
  private static final int LEAST_SHARE = 4;

  private static long limit = initialLimit();
  private static long inUse;
  private static long peak;

  private EngineMemory() {}

  private static long initialLimit() {
    String text = System.getenv(LIMIT_VARIABLE);
    return text == null ? automaticLimit() : Long.parseLong(text);
  }

  /** All memory of this machine or container but the heap, and at least a quarter of it. */
  public static long automaticLimit() {
    long all =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    return Math.max(all - Runtime.getRuntime().maxMemory(), all / LEAST_SHARE);
  }

  /** Sets the most bytes that plans may hold together; those held already stay. */
  public static synchronized void limit(long bytes) {
    limit = bytes;
  }

  /** The most bytes that plans may hold together. */
  public static synchronized long limit() {
    return limit;
  }

  /** Bytes that plans hold now. */
  public static synchronized long inUse() {
    return inUse;
  }

  /** Most bytes that plans held at a time. */
  public static synchronized long peak() {
    return peak;
  }

  /**
   * Counts memory that is about to be allocated.
   *
   * @param what for the message
   * @throws EngineMemoryException where it would go beyond the limit; then nothing is counted
   */
  public static synchronized void take(long bytes, String what) {
    if (inUse + bytes > limit) {
      throw new EngineMemoryException(
          "Cannot allocate "
              + size(bytes)
              + " for "
              + what
              + ": the plans of this process hold "
              + size(inUse)
              + " and may hold "
              + size(limit)
              + ". Lower finetune.batch or evaluate.batch, let fewer tasks run side by side, or"
              + " raise engine-memory.");
    }
    inUse += bytes;
    peak = Math.max(peak, inUse);
  }

  /** Counts memory that was freed. */
  public static synchronized void giveBack(long bytes) {
    inUse -= bytes;
  }

  /** A number of bytes for people. */
  public static String size(long bytes) {
    double mebibytes = bytes / (double) (1 << 20);
    return mebibytes < 10_240
        ? String.format(Locale.ROOT, "%.1f MiB", mebibytes)
        : String.format(Locale.ROOT, "%.1f GiB", mebibytes / 1024);
  }
}
