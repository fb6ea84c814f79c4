package dev.thresher.image;

/** The order in which a network expects the colour channels. */
public enum ChannelOrder {
  /** Red first. */
  RGB,
  /** Blue first. */
  BGR
}
