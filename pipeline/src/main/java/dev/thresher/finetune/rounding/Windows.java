package dev.thresher.finetune.rounding;

import dev.thresher.network.Operator.Convolution;
import dev.thresher.network.Operator.Weighted;
import dev.thresher.network.Taps;
import dev.thresher.tensor.FeatureShape;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;

/** What the filters of a layer read at one position, in the order of their weights. */
final class Windows {
  private final FeatureShape shape;
  private final int channels;

  /** Of each position read before, the places of its taps in the input. */
  private final int[][] places;

  /** Of a convolution; a fully connected layer reads every position, at once. */
  private final Optional<Taps> taps;

  /**
   * The windows of a layer.
   *
   * @param in extents of what it reads
   * @param out extents of what it gives
   */
  Windows(Weighted layer, FeatureShape in, FeatureShape out) {
    this.shape = in;
    if (layer instanceof Convolution convolution) {
      this.channels = convolution.inputChannels() / convolution.groups();
      this.taps = Optional.of(Taps.of(convolution, in, out));
    } else {
      this.channels = in.channels();
      this.taps = Optional.empty();
    }
    this.places = new int[positions()][];
  }

  /** Positions of an image. */
  int positions() {
    return taps.map(Taps::outputs).orElse(1);
  }

  private int[] places(int position) {
    if (places[position] == null) {
      places[position] =
          taps.map(all -> IntStream.range(0, all.count()).map(tap -> all.source(position, tap)))
              .orElseGet(() -> IntStream.range(0, shape.positions()))
              .toArray();
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
