package dev.thresher.tensor;

import java.util.Arrays;

/**
 * A constant of a network: a dense float32 array in row-major order.
 *
 * <p>Immutable: the constructor copies, {@link #values()} copies; {@link #get} and {@link #copyTo}
 * read without a copy.
 */
public final class Tensor {
  private final int[] shape;
  private final float[] values;

  private Tensor(int[] shape, float[] values) {
    this.shape = shape;
    this.values = values;
  }

  /**
   * Copies the arrays given.
   *
   * @param shape extents, each positive; their product is the number of values
   * @throws IllegalArgumentException if the extents and the number of values disagree
   */
  public static Tensor of(float[] values, int... shape) {
    long size = 1;
    for (int extent : shape) {
      if (extent <= 0) {
        throw new IllegalArgumentException(
            "Cannot make a tensor of shape "
                + Arrays.toString(shape)
                + ": every extent must be positive.");
      }
      size = Math.multiplyExact(size, extent);
    }
    if (size != values.length) {
      throw new IllegalArgumentException(
          "Cannot make a tensor of shape "
              + Arrays.toString(shape)
              + ": it holds "
              + size
              + " values, "
              + values.length
              + " were given.");
    }
    return new Tensor(shape.clone(), values.clone());
  }

  /** Number of dimensions. */
  public int rank() {
    return shape.length;
  }

  /** Extent of one dimension. */
  public int extent(int dimension) {
    return shape[dimension];
  }

  /** A copy of the extents. */
  public int[] shape() {
    return shape.clone();
  }

  /** Number of values. */
  public int size() {
    return values.length;
  }

  /** The value at a row-major position. */
  public float get(int position) {
    return values[position];
  }

  /** A copy of the values, row-major. */
  public float[] values() {
    return values.clone();
  }

  /** Copies {@code length} values from {@code from} on to {@code target} at {@code offset}. */
  public void copyTo(int from, float[] target, int offset, int length) {
    System.arraycopy(values, from, target, offset, length);
  }

  /** True where no value is NaN or infinite. */
  public boolean isFinite() {
    for (float value : values) {
      if (!Float.isFinite(value)) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Tensor tensor
        && Arrays.equals(shape, tensor.shape)
        && Arrays.equals(values, tensor.values);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(shape) + Arrays.hashCode(values);
  }

  @Override
  public String toString() {
    return "Tensor" + Arrays.toString(shape);
  }
}
