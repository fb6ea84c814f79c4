package dev.thresher.finetune.rounding;

import dev.thresher.network.Operator.Convolution;
import dev.thresher.network.Operator.Weighted;
import dev.thresher.network.Window;
import dev.thresher.tensor.FeatureShape;
import java.util.Arrays;

/** What the filters of a layer read at one position, in the order of their weights. */
final class Windows {
  private final FeatureShape shape;
  private final int channels;
  private final int positions;

  /** Where each tap of each position lies among the input's positions; -1 in the padding. */
  private final int[][] taps;

  Windows(Weighted layer, FeatureShape shape) {
    this.shape = shape;
    if (layer instanceof Convolution convolution) {
      this.channels = convolution.inputChannels() / convolution.groups();
      this.taps = taps(convolution, shape);
    } else {
      this.channels = shape.channels();
      this.taps = new int[1][shape.positions()];
      Arrays.setAll(taps[0], position -> position);
    }
    this.positions = taps.length;
  }

  private static int[][] taps(Convolution layer, FeatureShape shape) {
    Window window = layer.window();
    int rows = window.outputHeight(shape.height(), layer.kernelHeight());
    int columns = window.outputWidth(shape.width(), layer.kernelWidth());
    int[][] taps = new int[rows * columns][layer.kernelHeight() * layer.kernelWidth()];
    for (int position = 0; position < taps.length; position++) {
      int top = position / columns * window.strideHeight() - window.padTop();
      int left = position % columns * window.strideWidth() - window.padLeft();
      for (int tap = 0; tap < taps[position].length; tap++) {
        int y = top + tap / layer.kernelWidth() * window.dilationHeight();
        int x = left + tap % layer.kernelWidth() * window.dilationWidth();
        boolean inside = y >= 0 && y < shape.height() && x >= 0 && x < shape.width();
        taps[position][tap] = inside ? y * shape.width() + x : -1;
      }
    }
    return taps;
  }

  /** Positions of an image. */
  int positions() {
    return positions;
  }

  /**
   * Reads one window.
   *
   * @param map the input of one image, [H, W, C] from {@code from} on
   * @param window receives [I / groups, taps] from {@code to} on
   */
  void read(float[] map, int from, int group, int position, double[] window, int to) {
    int[] places = taps[position];
    int next = to;
    for (int channel = group * channels; channel < (group + 1) * channels; channel++) {
      for (int place : places) {
        window[next++] = place < 0 ? 0 : map[from + place * shape.channels() + channel];
      }
    }
  }
}
