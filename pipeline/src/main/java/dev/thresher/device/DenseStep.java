package dev.thresher.device;

import dev.thresher.engine.IntegerWeights;
import java.util.Arrays;

/** CONV_2D, dense or grouped. */
final class DenseStep implements Step {
  private final int[][] x;
  private final int[][] y;
  private final Taps taps;
  private final int groups;
  private final int channels;
  private final int[] bias;

  /** [groups * taps * channels] rows of one weight for each filter of the group. */
  private final int[][] weights;

  private final Requantization requantization;
  private final int[] patch;
  private final int[] picked;
  private final int[] sums;
  private final int[] groupSums;

  DenseStep(
      IntegerWeights weights,
      int groups,
      Taps taps,
      Requantization requantization,
      int[][] x,
      int[][] y) {
    this.x = x;
    this.y = y;
    this.taps = taps;
    this.groups = groups;
    this.channels = weights.shape()[1];
    this.bias = weights.bias();
    this.requantization = requantization;
    this.patch = new int[taps.count() * channels];
    this.picked = new int[patch.length];
    this.sums = new int[bias.length];
    this.groupSums = new int[bias.length / groups];
    this.weights = rows(weights.codes());
  }

  /** From [O, I, taps]. */
  private int[][] rows(byte[] codes) {
    int filters = groupSums.length;
    int[][] rows = new int[groups * patch.length][filters];
    for (int group = 0; group < groups; group++) {
      for (int k = 0; k < filters; k++) {
        int base = (group * filters + k) * patch.length;
        for (int i = 0; i < patch.length; i++) {
          int tap = i / channels;
          int weight = codes[base + i % channels * taps.count() + tap];
          rows[group * patch.length + i][k] = weight;
        }
      }
    }
    return rows;
  }

  @Override
  public void run() {
    for (int p = 0; p < y.length; p++) {
      if (groups == 1) {
        System.arraycopy(bias, 0, sums, 0, sums.length);
        IntRows.multiplyAdd(sums, patch(p, 0), weights, 0, picked);
      } else {
        for (int group = 0; group < groups; group++) {
          int from = group * groupSums.length;
          System.arraycopy(bias, from, groupSums, 0, groupSums.length);
          IntRows.multiplyAdd(groupSums, patch(p, group), weights, group * patch.length, picked);
          System.arraycopy(groupSums, 0, sums, from, groupSums.length);
        }
      }
      requantization.apply(sums, y[p]);
    }
  }

  private int[] patch(int position, int group) {
    if (taps.count() == 1 && groups == 1 && taps.source(position, 0) != Taps.OUTSIDE) {
      return x[taps.source(position, 0)];
    }
    for (int tap = 0; tap < taps.count(); tap++) {
      int source = taps.source(position, tap);
      int to = tap * channels;
      if (source == Taps.OUTSIDE) {
        Arrays.fill(patch, to, to + channels, 0);
      } else {
        System.arraycopy(x[source], group * channels, patch, to, channels);
      }
    }
    return patch;
  }
}
