package dev.thresher.rescale;

import dev.thresher.network.Linear;

/**
 * The weights of a layer as a matrix of filters by the input channels that each of them reads, the
 * taps of a kernel taken together.
 *
 * @param layer its weights [O, I / groups, taps]
 * @param perFilter input channels that a filter reads, I / groups
 * @param taps of a kernel
 * @param firstInput first input channel of each filter
 */
@SuppressWarnings("ArrayRecordComponent")
record WeightMatrix(Linear layer, int perFilter, int taps, int[] firstInput) {
  /**
   * The matrix of a layer.
   *
   * @param channels of its input
   */
  static WeightMatrix of(Linear layer, int channels) {
    ChannelWeights weights = new ChannelWeights(layer, channels);
    int each = layer.filterSize();
    int[] first = new int[layer.filters()];
    for (int k = 0; k < first.length; k++) {
      first[k] = weights.input(k * each);
    }
    int perFilter = weights.input(each - 1) - first[0] + 1;
    return new WeightMatrix(layer, perFilter, each / perFilter, first);
  }

  int filters() {
    return firstInput.length;
  }

  /** A function of each weight, and its sum over the taps. */
  double[] sums(java.util.function.DoubleUnaryOperator function) {
    double[] sums = new double[filters() * perFilter];
    float[] values = layer.weights().values();
    for (int i = 0; i < values.length; i++) {
      sums[i / taps] += function.applyAsDouble(values[i]);
    }
    return sums;
  }

  /** Greatest magnitude of all weights. */
  double range() {
    double range = 0;
    for (float value : layer.weights().values()) {
      range = Math.max(range, Math.abs(value));
    }
    return range;
  }
}
