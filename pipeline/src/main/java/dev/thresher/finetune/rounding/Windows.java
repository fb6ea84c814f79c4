package dev.thresher.finetune.rounding;

import dev.thresher.network.Operator.Convolution;
import dev.thresher.network.Operator.Weighted;
import dev.thresher.network.Taps;
import dev.thresher.tensor.FeatureShape;
import java.util.Optional;

/** What the filters of a layer read at one position, in the order of their weights. */
final class Windows {
  private final FeatureShape shape;
  private final int channels;

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
  }

  /** Positions of an image. */
  int positions() {
    return taps.map(Taps::outputs).orElse(1);
  }

  /**
   * Reads one window.
   *
   * @param map the input of one image, [H, W, C] from {@code from} on
   * @param window receives [I / groups, taps] from {@code to} on
   */
  void read(float[] map, int from, int group, int position, double[] window, int to) {
    int count = taps.map(Taps::count).orElse(shape.positions());
    int next = to;
    for (int channel = group * channels; channel < (group + 1) * channels; channel++) {
      for (int tap = 0; tap < count; tap++) {
        int place = taps.isPresent() ? taps.get().source(position, tap) : tap;
        window[next++] = place == Taps.PADDING ? 0 : map[from + place * shape.channels() + channel];
      }
    }
  }
}
