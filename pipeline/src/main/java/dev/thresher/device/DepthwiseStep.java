package dev.thresher.device;

import dev.thresher.engine.IntegerWeights;

/** DEPTHWISE_CONV_2D: filter k reads channel k / multiplier. */
final class DepthwiseStep implements Step {
  private final int[][] x;
  private final int[][] y;
  private final Taps taps;
  private final int multiplier;
  private final int[] bias;

  /** [taps][filters]. */
  private final int[][] weights;

  private final Requantization requantization;
  private final int[] sums;

  /** Each channel as often as filters read it; the input itself where that is once. */
  private final int[][] repeated;

  DepthwiseStep(
      IntegerWeights weights, Taps taps, Requantization requantization, int[][] x, int[][] y) {
    this.x = x;
    this.y = y;
    this.taps = taps;
    this.bias = weights.bias();
    this.multiplier = bias.length / x[0].length;
    this.requantization = requantization;
    this.sums = new int[bias.length];
    this.repeated = multiplier == 1 ? x : new int[x.length][bias.length];
    byte[] codes = weights.codes();
    this.weights = new int[taps.count()][bias.length];
    for (int i = 0; i < codes.length; i++) {
      this.weights[i % taps.count()][i / taps.count()] = codes[i];
    }
  }

  @Override
  public void run() {
    if (multiplier > 1) {
      repeat();
    }
    for (int p = 0; p < y.length; p++) {
      System.arraycopy(bias, 0, sums, 0, sums.length);
      int waiting = -1;
      for (int tap = 0; tap < taps.count(); tap++) {
        if (taps.source(p, tap) == Taps.OUTSIDE) {
          continue;
        }
        if (waiting < 0) {
          waiting = tap;
        } else {
          int[] first = repeated[taps.source(p, waiting)];
          int[] second = repeated[taps.source(p, tap)];
          IntRows.addProducts2(sums, first, weights[waiting], second, weights[tap]);
          waiting = -1;
        }
      }
      if (waiting >= 0) {
        IntRows.addProducts(sums, repeated[taps.source(p, waiting)], weights[waiting]);
      }
      requantization.apply(sums, y[p]);
    }
  }

  private void repeat() {
    for (int p = 0; p < x.length; p++) {
      for (int k = 0; k < bias.length; k++) {
        repeated[p][k] = x[p][k / multiplier];
      }
    }
  }
}
