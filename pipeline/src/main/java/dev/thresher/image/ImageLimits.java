package dev.thresher.image;

/**
 * What an image may cost at most, checked from its header before any pixel is decoded.
 *
 * @param bytes size of the file
 * @param side width and height, in pixels
 * @param pixels width times height
 */
public record ImageLimits(int bytes, int side, long pixels) {
  /** 64 MiB, 16384 pixels a side, 64 megapixels: about 200 MB once decoded. */
  public static final ImageLimits DEFAULT = new ImageLimits(64 << 20, 16_384, 64L << 20);

  /** Refuses limits below one. */
  public ImageLimits {
    if (bytes < 1 || side < 1 || pixels < 1) {
      throw new IllegalArgumentException(
          "Cannot limit images to %d bytes, %d pixels a side, %d pixels: each limit starts at 1."
              .formatted(bytes, side, pixels));
    }
  }

  void checkBytes(long size) {
    if (size == 0) {
      throw new ImageFormatException("the file is empty (0 bytes)");
    }
    if (size > bytes) {
      throw new ImageFormatException(
          "the file has more than %d bytes, the limit for one image".formatted(bytes));
    }
  }

  void checkExtent(int width, int height) {
    if (width < 1 || height < 1) {
      throw new ImageFormatException("the header says %d x %d pixels".formatted(width, height));
    }
    if (width > side || height > side || (long) width * height > pixels) {
      throw new ImageFormatException(
          "%d x %d pixels is over the limit of %d a side and %d in all"
              .formatted(width, height, side, pixels));
    }
  }
}
