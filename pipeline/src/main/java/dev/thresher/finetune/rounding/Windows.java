package dev.thresher.finetune.rounding;

import dev.thresher.network.Linear;
import dev.thresher.network.Linear.Convolution;
import dev.thresher.network.Taps;
import dev.thresher.tensor.FeatureShape;
import java.util.Arrays;
import java.util.stream.IntStream;

/** What the filters of a layer read at one position, in the order of their weights. */
final class Windows {
  private final FeatureShape shape;
  private final int channels;

  /** Of each position read before, the places of its taps in the input. */
  private final int[][] places;

  private final Taps taps;

  /**
   * The windows of a layer.
   *
   * @param in extents of what it reads
   * @param out extents of what it gives
   */
  Windows(Linear layer, FeatureShape in, FeatureShape out) {
    this.shape = in;
    Convolution convolution = layer.asConvolution(in);
    this.channels = convolution.inputChannels() / convolution.groups();
    this.taps = Taps.of(convolution, in, out);
    this.places = new int[positions()][];
  }

  /** Positions of an image. */
  int positions() {
    return taps.outputs();
  }

  private int[] places(int position) {
    if (places[position] == null) {
      places[position] =
          IntStream.range(0, taps.count()).map(tap -> taps.source(position, tap)).toArray();
    }
    return places[position];
  }

  /**
   * Reads one window.
   *
   * @param map the input of one image, [H, W, C] from {@code from} on
   * @param window receives [I / groups, taps] from {@code to} on
   */
  void read(float[] map, int from, int group, int position, double[] window, int to) {
    int[] sources = places(position);
    int next = to;
    for (int channel = group * channels; channel < (group + 1) * channels; channel++) {
      for (int place : sources) {
        window[next++] = place == Taps.PADDING ? 0 : map[from + place * shape.channels() + channel];
      }
    }
  }

  /** Taps of a window of one channel. */
  int taps() {
    return places(0).length;
  }

  /**
   * Reads the windows of all channels at one position.
   *
   * @param map as above
   * @param windows receives [taps, channels]
   */
  void readAll(float[] map, int from, int position, float[] windows) {
    int all = shape.channels();
    int to = 0;
    for (int place : places(position)) {
      if (place == Taps.PADDING) {
        Arrays.fill(windows, to, to + all, 0);
      } else {
        System.arraycopy(map, from + place * all, windows, to, all);
      }
      to += all;
    }
  }
}
