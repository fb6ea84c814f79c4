package dev.thresher.image;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The first directory of a TIFF file (TIFF 6.0, section 2): extent and kind of its first picture.
 *
 * <p>Admits what OpenCV decodes as Pillow does: samples of 1 or 8 bits, no alpha, upright.
 */
final class TiffHeader {
  private static final int CLASSIC = 42;
  private static final int BIG = 43;
  private static final int ENTRY_BYTES = 12;
  private static final int SHORT = 3;
  private static final int WIDTH = 256;
  private static final int HEIGHT = 257;
  private static final int BITS = 258;
  private static final int COLOURS = 262;
  private static final int ORIENTATION = 274;
  private static final int ALPHA = 338;
  private static final int SAMPLE_FORMAT = 339;
  private static final int UNSIGNED = 1;

  /** White is zero, black is zero, RGB, palette. */
  private static final int MOST_PLAIN_COLOURS = 3;

  private static final int LUMA_CHROMA = 6;
  private static final int UPRIGHT = 1;

  private final ByteBuffer file;
  private int width;
  private int height;

  private TiffHeader(byte[] bytes) {
    file = ByteBuffer.wrap(bytes);
    file.order(bytes[0] == 'I' ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
  }

  /** Whether a file begins as TIFF files do. */
  static boolean begins(byte[] file) {
    if (file.length < 8) {
      return false;
    }
    boolean little = file[0] == 'I' && file[1] == 'I' && file[3] == 0;
    boolean big = file[0] == 'M' && file[1] == 'M' && file[2] == 0;
    int version = little ? file[2] : file[3];
    return (little || big) && (version == CLASSIC || version == BIG);
  }

  /**
   * Reads it.
   *
   * @throws ImageFormatException if the file is damaged, or of a kind that is not read
   */
  static ImageHeader parse(byte[] bytes) {
    TiffHeader header = new TiffHeader(bytes);
    try {
      header.read();
    } catch (IndexOutOfBoundsException | BufferUnderflowException e) {
      throw new ImageFormatException("the TIFF data are damaged or truncated", e);
    }
    return new ImageHeader(
        ImageHeader.Format.TIFF, header.width, header.height, 3, ImageHeader.Colours.DIRECT);
  }

  private void read() {
    if (file.getShort(2) == BIG) {
      throw unusual("is a BigTIFF file");
    }
    int directory = file.getInt(4);
    int entries = Short.toUnsignedInt(file.getShort(directory));
    for (int i = 0; i < entries; i++) {
      int entry = directory + Short.BYTES + i * ENTRY_BYTES;
      int count = file.getInt(entry + 4);
      int value = value(entry, count);
      switch (Short.toUnsignedInt(file.getShort(entry))) {
        case WIDTH -> width = value;
        case HEIGHT -> height = value;
        case BITS -> {
          if (value != 1 && value != 8) {
            throw unusual("has samples of %d bits".formatted(value));
          }
        }
        case SAMPLE_FORMAT -> {
          if (value != UNSIGNED) {
            throw unusual("has samples that are no unsigned numbers");
          }
        }
        case COLOURS -> {
          if (value != LUMA_CHROMA && value > MOST_PLAIN_COLOURS) {
            throw unusual("has colours of another kind than grey, RGB, palette or YCbCr");
          }
        }
        case ORIENTATION -> {
          if (value != UPRIGHT) {
            throw unusual("is turned by its orientation tag");
          }
        }
        case ALPHA -> {
          if (value != 0) {
            throw unusual("has an alpha channel");
          }
        }
        default -> {}
      }
    }
  }

  /** The first value of an entry. */
  private int value(int entry, int count) {
    boolean isShort = file.getShort(entry + 2) == SHORT;
    int inPlace = isShort ? 2 : 1;
    int at = count > inPlace ? file.getInt(entry + 8) : entry + 8;
    return isShort ? Short.toUnsignedInt(file.getShort(at)) : file.getInt(at);
  }

  private static ImageFormatException unusual(String what) {
    return new ImageFormatException(
        "the TIFF file %s, which is not read; convert it: magick IN.tif -auto-orient -depth 8 -alpha off -colorspace sRGB OUT.png"
            .formatted(what));
  }
}
