package dev.thresher.image;

/**
 * What an image may cost at most, checked from its header before any pixel is decoded.
 *
 * @param bytes size of the file
 * @param side width and height, in pixels
 * @param pixels width times height
 */
public record ImageLimits(int bytes, int side, long pixels) {
  /** Encoders make about ten, and the most thorough ones some twenty. */
  private static final int MOST_SCANS = 100;

  /** So many scans the largest picture may have. */
  private static final int SCANS_OF_MOST_PIXELS = 8;

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

  /** Every scan of a JPEG goes over the whole picture again, however few bytes it has. */
  void checkScans(int scans, int width, int height) {
    if (scans > MOST_SCANS || (long) scans * width * height > SCANS_OF_MOST_PIXELS * pixels) {
      throw new ImageFormatException(
          "%d scans of %d x %d pixels are over the limit of %d scans, and of %d pixels in all of them"
              .formatted(scans, width, height, MOST_SCANS, SCANS_OF_MOST_PIXELS * pixels));
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
