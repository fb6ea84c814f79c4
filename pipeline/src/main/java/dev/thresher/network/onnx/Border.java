package dev.thresher.network.onnx;

/**
 * Rows and columns of zeros that a Pad node put around a map, until a convolution takes them over.
 */
record Border(int top, int left, int bottom, int right) {
  static final Border NONE = new Border(0, 0, 0, 0);

  boolean isNone() {
    return equals(NONE);
  }

  Border plus(Border other) {
    return new Border(
        Math.addExact(top, other.top),
        Math.addExact(left, other.left),
        Math.addExact(bottom, other.bottom),
        Math.addExact(right, other.right));
  }
}
