package dev.thresher.image;

import java.nio.charset.StandardCharsets;

/**
 * What the first bytes of a file say: its format, its extent, and for JPEG how its colours are
 * stored. Only formats that are known here are handed to a decoder.
 */
record ImageHeader(Format format, int width, int height, int components, Colours colours) {

  /** Formats by content; the name of a file says nothing (WebP named .JPEG exists in the wild). */
  enum Format {
    JPEG,
    PNG,
    GIF,
    WEBP,
    BMP,
    TIFF
  }

  /** How a JPEG stores colours, by libjpeg's rules. */
  enum Colours {
    /** Luminance and two chrominances (and black, with four components). */
    LUMA_CHROMA,
    /** Red, green, blue, or with four components cyan, magenta, yellow, black. */
    DIRECT
  }

  private static final byte[] PNG_SIGNATURE = {(byte) 0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

  /** Bytes of a chunk beside its data. */
  private static final int PNG_CHUNK_FRAME = 12;

  /** Reads the header; throws what is wrong with it, without decoding anything. */
  static ImageHeader parse(byte[] file) {
    try {
      if (starts(file, 0, 0xff, 0xd8, 0xff)) {
        return jpeg(file);
      }
      if (startsWith(file, 0, PNG_SIGNATURE)) {
        return png(file);
      }
      if (startsWith(file, 0, "GIF87a") || startsWith(file, 0, "GIF89a")) {
        return plain(Format.GIF, little16(file, 6), little16(file, 8));
      }
      if (startsWith(file, 0, "RIFF") && startsWith(file, 8, "WEBP")) {
        return webp(file);
      }
      if (startsWith(file, 0, "BM") && file.length > 26 && little32(file, 14) >= 40) {
        // Rows may be stored top down, which a negative height says.
        return plain(Format.BMP, little32(file, 18), Math.abs(little32(file, 22)));
      }
      if (TiffHeader.begins(file)) {
        return TiffHeader.parse(file);
      }
    } catch (ArrayIndexOutOfBoundsException e) {
      throw new ImageFormatException(
          "the file ends inside its header (%d bytes)".formatted(file.length), e);
    }
    // What it begins with may be somebody's secret: a list of images names any file.
    throw new ImageFormatException("not a JPEG, PNG, GIF, WebP, BMP or TIFF file");
  }

  private static ImageHeader plain(Format format, int width, int height) {
    return new ImageHeader(format, width, height, 3, Colours.DIRECT);
  }

  /**
   * Also walks the chunks (PNG 5.3: length, type, data, check sum): OpenCV allocates what a chunk
   * says it holds before it looks whether the file goes on that far.
   */
  private static ImageHeader png(byte[] file) {
    long at = PNG_SIGNATURE.length;
    while (at + PNG_CHUNK_FRAME <= file.length && !startsWith(file, (int) at + 4, "IEND")) {
      at += PNG_CHUNK_FRAME + Integer.toUnsignedLong(bigEndian(file, (int) at));
    }
    if (at + PNG_CHUNK_FRAME > file.length) {
      throw new ImageFormatException("the PNG data are damaged or truncated");
    }
    return plain(Format.PNG, bigEndian(file, 16), bigEndian(file, 20));
  }

  private static ImageHeader webp(byte[] file) {
    if (startsWith(file, 12, "VP8X")) {
      int width = 1 + (little16(file, 24) | (file[26] & 0xff) << 16);
      int height = 1 + (little16(file, 27) | (file[29] & 0xff) << 16);
      return plain(Format.WEBP, width, height);
    }
    if (startsWith(file, 12, "VP8L")) {
      int bits = little32(file, 21);
      return plain(Format.WEBP, (bits & 0x3fff) + 1, (bits >>> 14 & 0x3fff) + 1);
    }
    if (startsWith(file, 12, "VP8 ")) {
      return plain(Format.WEBP, little16(file, 26) & 0x3fff, little16(file, 28) & 0x3fff);
    }
    throw new ImageFormatException("a WebP file without a picture");
  }

  /** Walks the segments up to the frame header (ITU T.81, B.2.2). */
  private static ImageHeader jpeg(byte[] file) {
    boolean jfif = false;
    int adobeTransform = -1;
    int at = 2;
    while (true) {
      while (byteAt(file, at) != 0xff) {
        at++;
      }
      while (byteAt(file, at) == 0xff) {
        at++;
      }
      int marker = byteAt(file, at++);
      if (marker == 0x01 || marker == 0 || (marker >= 0xd0 && marker <= 0xd8)) {
        continue;
      }
      if (marker == 0xda || marker == 0xd9) {
        throw new ImageFormatException("a JPEG file without a frame header");
      }
      int length = bigEndian16(file, at);
      boolean frame = marker >= 0xc0 && marker <= 0xcf;
      if (frame && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
        int height = bigEndian16(file, at + 3);
        int width = bigEndian16(file, at + 5);
        int components = byteAt(file, at + 7);
        return new ImageHeader(
            Format.JPEG,
            width,
            height,
            components,
            colours(file, at + 8, components, jfif, adobeTransform));
      }
      jfif |= marker == 0xe0 && startsWith(file, at + 2, "JFIF");
      if (marker == 0xee && length >= 14 && startsWith(file, at + 2, "Adobe")) {
        adobeTransform = byteAt(file, at + 13);
      }
      at += length;
    }
  }

  /** As libjpeg's default_decompress_parms guesses from the markers. */
  private static Colours colours(
      byte[] file, int at, int components, boolean jfif, int adobeTransform) {
    if (components == 4) {
      return adobeTransform == 2 ? Colours.LUMA_CHROMA : Colours.DIRECT;
    }
    if (components != 3) {
      return Colours.DIRECT;
    }
    if (jfif) {
      return Colours.LUMA_CHROMA;
    }
    if (adobeTransform >= 0) {
      return adobeTransform == 0 ? Colours.DIRECT : Colours.LUMA_CHROMA;
    }
    boolean namedRgb =
        byteAt(file, at) == 'R' && byteAt(file, at + 3) == 'G' && byteAt(file, at + 6) == 'B';
    return namedRgb ? Colours.DIRECT : Colours.LUMA_CHROMA;
  }

  private static boolean starts(byte[] file, int at, int... bytes) {
    for (int i = 0; i < bytes.length; i++) {
      if (at + i >= file.length || byteAt(file, at + i) != bytes[i]) {
        return false;
      }
    }
    return true;
  }

  private static boolean startsWith(byte[] file, int at, byte[] bytes) {
    for (int i = 0; i < bytes.length; i++) {
      if (at + i >= file.length || file[at + i] != bytes[i]) {
        return false;
      }
    }
    return true;
  }

  private static boolean startsWith(byte[] file, int at, String ascii) {
    return startsWith(file, at, ascii.getBytes(StandardCharsets.US_ASCII));
  }

  private static int byteAt(byte[] file, int at) {
    return file[at] & 0xff;
  }

  private static int little16(byte[] file, int at) {
    return byteAt(file, at) | byteAt(file, at + 1) << 8;
  }

  private static int little32(byte[] file, int at) {
    return little16(file, at) | little16(file, at + 2) << 16;
  }

  private static int bigEndian16(byte[] file, int at) {
    return byteAt(file, at) << 8 | byteAt(file, at + 1);
  }

  private static int bigEndian(byte[] file, int at) {
    return bigEndian16(file, at) << 16 | bigEndian16(file, at + 2);
  }
}
