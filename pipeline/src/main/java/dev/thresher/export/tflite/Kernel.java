package dev.thresher.export.tflite;

/**
 * How a kernel moves over its map.
 *
 * @param strideHeight rows between two outputs
 * @param strideWidth columns between two outputs
 * @param dilationHeight rows between two taps
 * @param dilationWidth columns between two taps
 * @param padding what lies around the map
 */
public record Kernel(
    int strideHeight, int strideWidth, int dilationHeight, int dilationWidth, Padding padding) {
  /** What TFLite knows of padding. */
  public enum Padding {
    /** {@code ceil(size / stride)} outputs; of an odd row or column of zeros, the end has it. */
    SAME,
    /** None. */
    VALID
  }

  /** Strides and dilations of one, no padding. */
  public static final Kernel UNIT = new Kernel(1, 1, 1, 1, Padding.VALID);

  /** Rows of zeros above the map. */
  public int padTop(int height, int outputs, int kernel) {
    return before(height, outputs, kernel, strideHeight, dilationHeight);
  }

  /** Columns of zeros on the left. */
  public int padLeft(int width, int outputs, int kernel) {
    return before(width, outputs, kernel, strideWidth, dilationWidth);
  }

  private int before(int size, int outputs, int kernel, int stride, int dilation) {
    return padding == Padding.VALID ? 0 : same(size, outputs, kernel, stride, dilation);
  }

  static int same(int size, int outputs, int kernel, int stride, int dilation) {
    return Math.max(0, (outputs - 1) * stride + (kernel - 1) * dilation + 1 - size) / 2;
  }
}
