package dev.thresher.image;

import java.nio.ByteBuffer;

/**
 * Decoded pixels: red, green, blue interleaved, [H, W, 3], and who decoded them.
 *
 * <p>They may lie in a decoder's own memory, so that a photograph is not copied to be cut: to be
 * closed after use, and not to be read then.
 */
final class RgbImage implements AutoCloseable {
  private final int height;
  private final int width;
  private final ByteBuffer rgb;
  private final Codec codec;
  private final Runnable release;

  /**
   * Pixels, not copied.
   *
   * @param rgb [height, width, 3], from 0 on
   * @param release gives their memory back
   */
  RgbImage(int height, int width, ByteBuffer rgb, Codec codec, Runnable release) {
    if (rgb.capacity() != (long) height * width * Preprocessing.CHANNELS) {
      throw new IllegalArgumentException(
          "Cannot take %d bytes for %d x %d pixels: they have %d."
              .formatted(rgb.capacity(), width, height, 3L * height * width));
    }
    this.height = height;
    this.width = width;
    this.rgb = rgb;
    this.codec = codec;
    this.release = release;
  }

  /** Pixels of an array, not copied. */
  static RgbImage of(int height, int width, byte[] rgb, Codec codec) {
    return new RgbImage(height, width, ByteBuffer.wrap(rgb), codec, () -> {});
  }

  int height() {
    return height;
  }

  int width() {
    return width;
  }

  Codec codec() {
    return codec;
  }

  /** Copies pixels of a row: so many, from column {@code x} on. */
  void copy(int y, int x, int pixels, byte[] to, int at) {
    int from = (y * width + x) * Preprocessing.CHANNELS;
    rgb.get(from, to, at, pixels * Preprocessing.CHANNELS);
  }

  @Override
  public void close() {
    release.run();
  }
}
