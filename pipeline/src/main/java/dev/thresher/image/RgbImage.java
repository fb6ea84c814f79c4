package dev.thresher.image;

/**
 * Decoded pixels: red, green, blue interleaved, [H, W, 3], and who decoded them.
 *
 * <p>Shares its array with its maker: only for use inside the package.
 */
final class RgbImage {
  private final int height;
  private final int width;
  private final byte[] rgb;
  private final Codec codec;

  RgbImage(int height, int width, byte[] rgb, Codec codec) {
    this.height = height;
    this.width = width;
    this.rgb = rgb;
    this.codec = codec;
  }

  int height() {
    return height;
  }

  int width() {
    return width;
  }

  byte[] rgb() {
    return rgb;
  }

  Codec codec() {
    return codec;
  }
}
