package dev.thresher.image;

import java.util.Optional;

/**
 * Bytes of a JPEG, PNG, GIF, WebP, BMP or TIFF file to 8-bit RGB pixels, equal to Pillow's {@code
 * Image.open(f).convert("RGB")}: first frame, no orientation, no colour profile, alpha dropped. As
 * Pillow does, it refuses files that end before their last row.
 */
final class ImageDecoder {
  private ImageDecoder() {}

  /**
   * Decodes a file after its header has been held against the limits; the caller closes.
   *
   * @throws ImageFormatException if the file is empty, too large, of another type or damaged
   */
  static RgbImage decode(byte[] file, ImageLimits limits) {
    limits.checkBytes(file.length);
    ImageHeader header = ImageHeader.parse(file);
    limits.checkExtent(header.width(), header.height());
    boolean jpeg = header.format() == ImageHeader.Format.JPEG;
    if (jpeg) {
      limits.checkScans(JpegScans.count(file), header.width(), header.height());
    }
    if (jpeg && header.components() == 4) {
      Codec codec = Codec.TWELVE_MONKEYS_FOUR_COLOURS;
      return checked(TwelveMonkeysCodec.decode(file, header, codec), header);
    }
    Optional<RgbImage> decoded = OpenCvCodec.decode(firstFrame(file, header.format()));
    if (decoded.isPresent()) {
      return checked(decoded.get(), header);
    }
    if (jpeg) {
      Codec codec = Codec.TWELVE_MONKEYS_REFUSED;
      return checked(TwelveMonkeysCodec.decode(file, header, codec), header);
    }
    throw new ImageFormatException(
        "the %s data cannot be decoded: damaged or truncated".formatted(header.format()));
  }

  /** A decoder looks through all frames of an animation, and the first is the picture. */
  private static byte[] firstFrame(byte[] file, ImageHeader.Format format) {
    return switch (format) {
      case GIF -> FirstFrame.ofGif(file);
      case WEBP -> FirstFrame.ofWebP(file);
      case JPEG, PNG, BMP, TIFF -> file;
    };
  }

  /** A decoder that reads another extent than the header said has been fed two truths. */
  private static RgbImage checked(RgbImage image, ImageHeader header) {
    if (image.width() != header.width() || image.height() != header.height()) {
      image.close();
      throw new ImageFormatException(
          "the header says %d x %d pixels, the data hold %d x %d"
              .formatted(header.width(), header.height(), image.width(), image.height()));
    }
    return image;
  }
}
