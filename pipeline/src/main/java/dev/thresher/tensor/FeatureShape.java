package dev.thresher.tensor;

/**
 * The extents of one image's feature map; a vector of n features is {@code (n, 1, 1)}.
 *
 * @param channels number of channels, C
 * @param height rows, H
 * @param width columns, W
 */
public record FeatureShape(int channels, int height, int width) {
  /** Refuses extents that are not positive and maps of 2^31 values or more. */
  public FeatureShape {
    if (channels <= 0 || height <= 0 || width <= 0) {
      throw new IllegalArgumentException(
          "Cannot make a feature map of "
              + channels
              + " channels, "
              + height
              + " x "
              + width
              + ": every extent must be positive.");
    }
    Math.multiplyExact(Math.multiplyExact(channels, height), width);
  }

  /** Values of one image, C * H * W. */
  public int size() {
    return channels * height * width;
  }

  /** Positions of one channel, H * W. */
  public int positions() {
    return height * width;
  }
}
