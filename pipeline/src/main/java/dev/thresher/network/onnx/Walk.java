package dev.thresher.network.onnx;

/**
 * The positions that an array of some dimensions has in another one, in the order of its elements.
 *
 * <p>A stride of zero repeats a value, a negative one runs backwards. Not thread-safe.
 */
final class Walk {
  private final int[] dims;
  private final int[] strides;
  private final int[] index;
  private int position;

  /**
   * Starts at the first element.
   *
   * @param dims extents, each at least one
   * @param strides by dimension
   * @param first position of the first element
   */
  Walk(int[] dims, int[] strides, int first) {
    this.dims = dims.clone();
    this.strides = strides.clone();
    this.index = new int[dims.length];
    this.position = first;
  }

  /** Strides of an array in row-major order. */
  static int[] strides(int[] dims) {
    int[] strides = new int[dims.length];
    for (int d = dims.length - 1, step = 1; d >= 0; step *= dims[d--]) {
      strides[d] = step;
    }
    return strides;
  }

  /** Walks a constant spread over dimensions that it broadcasts to. */
  static Walk spread(Constant constant, int[] over) {
    int missing = over.length - constant.rank();
    int[] own = strides(constant.dims());
    int[] strides = new int[over.length];
    for (int d = 0; d < own.length; d++) {
      strides[d + missing] = constant.extent(d) == 1 ? 0 : own[d];
    }
    return new Walk(over, strides, 0);
  }

  /** The position of the next element. */
  int next() {
    int result = position;
    for (int d = dims.length - 1; d >= 0; d--) {
      position += strides[d];
      if (++index[d] < dims[d]) {
        break;
      }
      position -= index[d] * strides[d];
      index[d] = 0;
    }
    return result;
  }
}
