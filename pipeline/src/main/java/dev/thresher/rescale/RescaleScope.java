package dev.thresher.rescale;

/** Which channels are balanced before quantizing. */
public enum RescaleScope {
  /** None: the network stays as it was folded. */
  NONE,
  /** Depthwise layers against the convolution behind them: the paper's rule, as written. */
  DEPTHWISE,
  /** Every channel between two layers, constant channels taken out first. */
  ALL
}
