package dev.thresher.finetune.rounding;

import java.util.Arrays;

/**
 * The sums of a depthwise layer over some positions, channels side by side so that the compiler
 * makes vectors of them. Products are summed in float32 as long as that is exact.
 */
final class DepthwiseSums {
  /** Products of 8-bit steps, each of magnitude up to 255, that stay below 2^24. */
  private static final int EXACT = (1 << 24) / (255 * 255);

  private final int channels;
  private final int taps;
  private final float[] inputs;
  private final float[] totals;
  private final float[] products;
  private final double[] cross;
  private int rows;

  DepthwiseSums(int channels, int taps) {
    this.channels = channels;
    this.taps = taps;
    this.inputs = new float[taps * channels];
    this.totals = new float[taps * channels];
    this.products = new float[taps * (taps + 1) / 2 * channels];
    this.cross = new double[taps * channels];
  }

  /** For what the filters read at one position, [taps, channels], in steps. */
  float[] inputs() {
    return inputs;
  }

  /**
   * Adds the position whose inputs were set.
   *
   * @param outputs what the filters should give there, from {@code at} on
   * @param target takes what is there already where float32 would not hold more
   */
  void add(double[] outputs, int at, LayerSums target) {
    if (rows == EXACT) {
      moveTo(target);
    }
    rows++;
    int pair = 0;
    for (int i = 0; i < taps; i++) {
      int own = i * channels;
      for (int c = 0; c < channels; c++) {
        totals[own + c] += inputs[own + c];
      }
      for (int c = 0; c < channels; c++) {
        cross[own + c] += inputs[own + c] * outputs[at + c];
      }
      for (int j = i; j < taps; j++) {
        int other = j * channels;
        int to = pair++ * channels;
        for (int c = 0; c < channels; c++) {
          products[to + c] += inputs[own + c] * inputs[other + c];
        }
      }
    }
  }

  /** Adds the sums to a layer's and starts anew. */
  void moveTo(LayerSums target) {
    for (int c = 0; c < channels; c++) {
      int pair = 0;
      for (int i = 0; i < taps; i++) {
        target.inputs(c)[i] += totals[i * channels + c];
        target.cross()[c * taps + i] += cross[i * channels + c];
        for (int j = i; j < taps; j++) {
          double sum = products[pair++ * channels + c];
          target.products(c)[i * taps + j] += sum;
          if (i != j) {
            target.products(c)[j * taps + i] += sum;
          }
        }
      }
    }
    rows = 0;
    Arrays.fill(totals, 0);
    Arrays.fill(products, 0);
    Arrays.fill(cross, 0);
  }
}
