package dev.thresher.bench;

/** Steps of one thread: the same work every time. Made, used and closed by that thread. */
interface Work extends AutoCloseable {
  /** Makes the work of a thread. */
  @FunctionalInterface
  interface Source {
    /**
     * Prepares.
     *
     * @param thread from 0
     */
    Work open(int thread);
  }

  /** Takes one step. */
  void step();

  /** Bytes held now. */
  long bytes();

  /** Where the time of all steps so far went. */
  default Split split() {
    return Split.NONE;
  }

  @Override
  void close();

  /**
   * Nanoseconds of a training thread.
   *
   * @param convolution in convolutions, -1 where the engine does not tell
   * @param passes in forward and backward passes, convolutions included
   */
  record Split(long convolution, long passes) {
    static final Split NONE = new Split(-1, 0);

    Split since(Split before) {
      return new Split(
          convolution < 0 ? convolution : convolution - before.convolution, passes - before.passes);
    }
  }
}
