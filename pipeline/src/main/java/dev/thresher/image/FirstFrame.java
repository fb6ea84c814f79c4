package dev.thresher.image;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * The same animation, ended after its first frame. A file that breaks off before is given back as
 * it is: the decoder says so.
 */
final class FirstFrame {
  private static final int GIF_SCREEN = 13;
  private static final int GIF_EXTENSION = 0x21;
  private static final int GIF_IMAGE = 0x2c;
  private static final byte GIF_TRAILER = 0x3b;

  private static final int RIFF_HEADER = 12;
  private static final int CHUNK_HEADER = 8;
  private static final int WEBP_FLAGS = 20;
  private static final int WEBP_ANIMATED = 2;

  private FirstFrame() {}

  /** Of a GIF (GIF89a, 17 to 27): what stands before the first image, the image, the trailer. */
  static byte[] ofGif(byte[] file) {
    try {
      int at = GIF_SCREEN + colourTable(file[10]);
      while (byteAt(file, at) == GIF_EXTENSION) {
        at = afterBlocks(file, at + 2);
      }
      if (byteAt(file, at) != GIF_IMAGE) {
        return file;
      }
      int data = at + 10 + colourTable(file[at + 9]) + 1;
      int end = afterBlocks(file, data);
      byte[] first = Arrays.copyOf(file, end + 1);
      first[end] = GIF_TRAILER;
      return first;
    } catch (ArrayIndexOutOfBoundsException breaksOff) {
      return file;
    }
  }

  private static int colourTable(byte flags) {
    return (flags & 0x80) == 0 ? 0 : 3 << ((flags & 7) + 1);
  }

  private static int afterBlocks(byte[] file, int begin) {
    int at = begin;
    while (byteAt(file, at) != 0) {
      at += 1 + byteAt(file, at);
    }
    return at + 1;
  }

  /** Of a WebP: its chunks without the second frame and those behind it. */
  static byte[] ofWebP(byte[] file) {
    boolean animated =
        is(file, RIFF_HEADER, "VP8X") && (byteAt(file, WEBP_FLAGS) & WEBP_ANIMATED) != 0;
    if (!animated) {
      return file;
    }
    ByteArrayOutputStream first = new ByteArrayOutputStream();
    first.write(file, 0, RIFF_HEADER);
    ByteBuffer numbers = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
    long at = RIFF_HEADER;
    boolean frame = false;
    while (!frame && at + CHUNK_HEADER <= file.length) {
      long size = Integer.toUnsignedLong(numbers.getInt((int) at + 4));
      long end = at + CHUNK_HEADER + size + (size & 1);
      if (end > file.length) {
        return file;
      }
      first.write(file, (int) at, (int) (end - at));
      frame = is(file, (int) at, "ANMF");
      at = end;
    }
    byte[] bytes = first.toByteArray();
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(4, bytes.length - 8);
    return bytes;
  }

  private static boolean is(byte[] file, int at, String chunk) {
    byte[] wanted = chunk.getBytes(StandardCharsets.US_ASCII);
    return at + 4 <= file.length && Arrays.equals(file, at, at + 4, wanted, 0, 4);
  }

  private static int byteAt(byte[] file, int at) {
    return file[at] & 0xff;
  }
}
