package dev.thresher.rescale;

import dev.thresher.network.Linear;

/**
 * Which channels meet in each weight of a layer: dense, grouped, depthwise or fully connected.
 *
 * @param layer weights [O, I / groups, taps]
 * @param channels of the input, I
 */
record ChannelWeights(Linear layer, int channels) {
  /** Output channel of the weight at a position. */
  int filter(int position) {
    return position / layer.filterSize();
  }

  /** Input channel of the weight at a position. */
  int input(int position) {
    int each = layer.filterSize();
    int inGroup = channels / layer.groups();
    int group = position / each / (layer.filters() / layer.groups());
    return group * inGroup + position % each / (each / inGroup);
  }
}
