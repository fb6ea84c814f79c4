package dev.thresher.network;

/**
 * Rows and columns of zeros around a map: a file's padding, until a convolution's {@link Window}
 * takes it over.
 *
 * @param top rows above
 * @param left columns on the left
 * @param bottom rows below
 * @param right columns on the right
 */
public record Border(int top, int left, int bottom, int right) {
  /** No padding. */
  public static final Border NONE = new Border(0, 0, 0, 0);

  /** True where nothing is padded. */
  public boolean isNone() {
    return equals(NONE);
  }

  /** The same border with another around it. */
  public Border plus(Border other) {
    return new Border(
        Math.addExact(top, other.top),
        Math.addExact(left, other.left),
        Math.addExact(bottom, other.bottom),
        Math.addExact(right, other.right));
  }

  /**
   * The padding called "same": ceil(size / stride) outputs, an odd zero at the end.
   *
   * @param rows of the input
   * @param columns of the input
   * @param kernel rows and columns of the kernel
   * @param strides of the window
   * @param dilations of the window
   */
  public static Border same(int rows, int columns, int[] kernel, int[] strides, int[] dilations) {
    int vertical = total(rows, kernel[0], strides[0], dilations[0]);
    int horizontal = total(columns, kernel[1], strides[1], dilations[1]);
    return new Border(
        vertical / 2, horizontal / 2, vertical - vertical / 2, horizontal - horizontal / 2);
  }

  /** Start and end exchanged: an odd zero comes first. */
  public Border mirrored() {
    return new Border(/* top= */ bottom, /* left= */ right, /* bottom= */ top, /* right= */ left);
  }

  /** The window that moves a kernel over the padded map. */
  public Window window(int[] strides, int[] dilations) {
    return new Window(strides[0], strides[1], top, left, bottom, right, dilations[0], dilations[1]);
  }

  private static int total(int size, int kernel, int stride, int dilation) {
    int outputs = (size + stride - 1) / stride;
    return Math.max(0, (outputs - 1) * stride + dilation * (kernel - 1) + 1 - size);
  }
}
