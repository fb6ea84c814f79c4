package dev.thresher.network.onnx;

/**
 * What the constants of one file may take, in proportion to its bytes: a few bytes can ask for
 * constants of any size.
 *
 * <p>Not thread-safe.
 */
final class Allowance {
  /** Values that every file may compute, however small it is: 128 MiB. */
  private static final long BASE = 1 << 24;

  /** Values that no file may pass: 2 GiB. */
  private static final long MOST = 1 << 28;

  /** Values computed for each byte: every weight of a float32 file eight times. */
  private static final int PER_BYTE = 2;

  /** Values read for each that may be computed. */
  private static final int READS = 64;

  private long bytes;
  private long made;
  private long read;

  /** Adds the bytes of a file. */
  void grow(long more) {
    bytes += more;
  }

  private long limit() {
    return Math.min(MOST, BASE + PER_BYTE * bytes);
  }

  /** Counts values that are to be computed, before they take memory. */
  void make(long values) {
    made = count(made, values, limit());
  }

  /** Counts values that are to be read. */
  void read(long values) {
    read = count(read, values, READS * limit());
  }

  private static long count(long before, long values, long limit) {
    if (values < 0 || values > limit || before > limit - values) {
      throw new IllegalArgumentException(
          "the constants of the file grow to more than "
              + limit
              + " values; fold them with onnxsim before, or export the network again.");
    }
    return before + values;
  }
}
