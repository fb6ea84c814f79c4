package dev.thresher.network;

/**
 * How a convolution's kernel moves: strides, zero padding on each side, dilations.
 *
 * @param strideHeight rows between two outputs
 * @param strideWidth columns between two outputs
 * @param padTop rows of zeros above
 * @param padLeft columns of zeros on the left
 * @param padBottom rows of zeros below
 * @param padRight columns of zeros on the right
 * @param dilationHeight rows between two taps
 * @param dilationWidth columns between two taps
 */
public record Window(
    int strideHeight,
    int strideWidth,
    int padTop,
    int padLeft,
    int padBottom,
    int padRight,
    int dilationHeight,
    int dilationWidth) {
  /** Strides and dilations of one, no padding. */
  public static final Window UNIT = new Window(1, 1, 0, 0, 0, 0, 1, 1);

  /** Refuses strides and dilations below one and negative padding. */
  public Window {
    if (Math.min(Math.min(strideHeight, strideWidth), Math.min(dilationHeight, dilationWidth)) < 1
        || Math.min(Math.min(padTop, padLeft), Math.min(padBottom, padRight)) < 0) {
      throw new IllegalArgumentException(
          "Cannot move a kernel by strides "
              + strideHeight
              + " x "
              + strideWidth
              + ", dilations "
              + dilationHeight
              + " x "
              + dilationWidth
              + ", pads ["
              + padTop
              + ", "
              + padLeft
              + ", "
              + padBottom
              + ", "
              + padRight
              + "]: strides and dilations start at 1, pads at 0.");
    }
  }

  static Window of(OperatorParts parts) {
    int[] strides = parts.integers("strides", 2);
    int[] pads = parts.integers("pads", 4);
    int[] dilations = parts.integers("dilations", 2);
    return new Window(
        strides[0], strides[1], pads[0], pads[1], pads[2], pads[3], dilations[0], dilations[1]);
  }

  OperatorParts addTo(OperatorParts parts) {
    return parts
        .with("strides", strideHeight, strideWidth)
        .with("pads", padTop, padLeft, padBottom, padRight)
        .with("dilations", dilationHeight, dilationWidth);
  }

  /** Whether nothing is read beside the map. */
  public boolean padsNothing() {
    return padTop == 0 && padBottom == 0 && padLeft == 0 && padRight == 0;
  }

  /** Rows of the output for an input of {@code height} rows and a kernel of {@code kernel} rows. */
  public int outputHeight(int height, int kernel) {
    return extent(height + padTop + padBottom, kernel, strideHeight, dilationHeight);
  }

  /** Columns of the output for an input of {@code width} columns. */
  public int outputWidth(int width, int kernel) {
    return extent(width + padLeft + padRight, kernel, strideWidth, dilationWidth);
  }

  private static int extent(int padded, int kernel, int stride, int dilation) {
    return Math.floorDiv(padded - dilation * (kernel - 1) - 1, stride) + 1;
  }
}
