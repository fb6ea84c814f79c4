package dev.thresher.store;

import java.util.concurrent.atomic.LongAdder;

/** Bytes of objects that this process has exchanged with its stores, for those who watch it. */
public final class StoreTraffic {
  private static final LongAdder READ = new LongAdder();
  private static final LongAdder WRITTEN = new LongAdder();

  private StoreTraffic() {}

  static void countRead(long bytes) {
    READ.add(bytes);
  }

  static void countWritten(long bytes) {
    WRITTEN.add(bytes);
  }

  /** Bytes read so far. */
  public static long read() {
    return READ.sum();
  }

  /** Bytes written so far; those of a request that was sent again count once. */
  public static long written() {
    return WRITTEN.sum();
  }
}
