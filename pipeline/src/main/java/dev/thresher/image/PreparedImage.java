package dev.thresher.image;

import java.io.Serializable;
import java.nio.ByteBuffer;

/**
 * An image as a network will see it, before normalization: 8-bit red, green, blue, [H, W, 3].
 *
 * <p>Immutable: {@link #of} and {@link #rgb()} copy. Its label is for evaluation only.
 */
public final class PreparedImage implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The label of an image whose class is not known. */
  public static final int UNLABELLED = -1;

  private final String id;
  private final String className;
  private final int label;
  private final int height;
  private final int width;
  private final byte[] rgb;

  private PreparedImage(String id, String className, int label, int height, int width, byte[] rgb) {
    if (height < 1 || width < 1 || rgb.length != (long) height * width * Preprocessing.CHANNELS) {
      throw new IllegalArgumentException(
          "Cannot make image %s of %d x %d pixels: that takes %d bytes, %d were given."
              .formatted(id, width, height, 3L * height * width, rgb.length));
    }
    if (label < UNLABELLED) {
      throw new IllegalArgumentException(
          "Cannot label image %s with %d: labels start at 0, -1 stands for none."
              .formatted(id, label));
    }
    this.id = id;
    this.className = className;
    this.label = label;
    this.height = height;
    this.width = width;
    this.rgb = rgb;
  }

  /**
   * An image of pixels that are copied.
   *
   * @param id class and base name, unique in a sample
   * @param className class, empty where unknown
   * @param label index of the class, {@link #UNLABELLED} where unknown
   * @param rgb [height, width, 3]
   */
  public static PreparedImage of(
      String id, String className, int label, int height, int width, byte[] rgb) {
    return new PreparedImage(id, className, label, height, width, rgb.clone());
  }

  /** For arrays made in this package that nobody else holds. */
  static PreparedImage owning(
      String id, String className, int label, int height, int width, byte[] rgb) {
    return new PreparedImage(id, className, label, height, width, rgb);
  }

  /** Class and base name of the file. */
  public String id() {
    return id;
  }

  /** Class, empty where unknown. */
  public String className() {
    return className;
  }

  /** Index of the class, {@link #UNLABELLED} where unknown. */
  public int label() {
    return label;
  }

  /** Rows. */
  public int height() {
    return height;
  }

  /** Columns. */
  public int width() {
    return width;
  }

  /** A copy of the pixels, [H, W, 3]. */
  public byte[] rgb() {
    return rgb.clone();
  }

  /** How many bytes the pixels have, H * W * 3. */
  public int pixelBytes() {
    return rgb.length;
  }

  /** Puts the pixels into a buffer that has room for them. */
  public void putPixels(ByteBuffer buffer) {
    buffer.put(rgb);
  }

  /** The pixels themselves, for readers in this package. */
  byte[] pixels() {
    return rgb;
  }
}
