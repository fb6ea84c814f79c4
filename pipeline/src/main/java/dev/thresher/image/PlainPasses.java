package dev.thresher.image;

import java.util.Arrays;

/**
 * One pixel after the other.
 *
 * @param taps of the columns
 */
record PlainPasses(Taps taps) implements ResamplerPasses {
  @Override
  public void columns(byte[] row, int[] out) {
    for (int x = 0; x < taps.count(); x++) {
      int from = (taps.first(x) - taps.first(0)) * Preprocessing.CHANNELS;
      int red = HALF;
      int green = HALF;
      int blue = HALF;
      for (int weight : taps.weights(x)) {
        red += (row[from] & 0xff) * weight;
        green += (row[from + 1] & 0xff) * weight;
        blue += (row[from + 2] & 0xff) * weight;
        from += Preprocessing.CHANNELS;
      }
      out[x * Preprocessing.CHANNELS] = ResamplerPasses.pixel(red);
      out[x * Preprocessing.CHANNELS + 1] = ResamplerPasses.pixel(green);
      out[x * Preprocessing.CHANNELS + 2] = ResamplerPasses.pixel(blue);
    }
  }

  /** Row by row, which the compiler turns into vectors. */
  @Override
  public void rows(int[][] rows, int first, int[] weights, byte[] out, int at) {
    int[] sums = new int[taps.count() * Preprocessing.CHANNELS];
    Arrays.fill(sums, HALF);
    for (int k = 0; k < weights.length; k++) {
      int[] row = rows[(first + k) % rows.length];
      int weight = weights[k];
      for (int i = 0; i < sums.length; i++) {
        sums[i] += row[i] * weight;
      }
    }
    for (int i = 0; i < sums.length; i++) {
      out[at + i] = (byte) ResamplerPasses.pixel(sums[i]);
    }
  }
}
