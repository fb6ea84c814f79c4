package dev.thresher.network.onnx;

import dev.thresher.tensor.Tensor;
import java.util.Arrays;

/**
 * A constant of the file: an initializer, or what was computed from initializers and shapes alone.
 *
 * <p>Values are held as double, which is exact for float32, int32 and every shape; immutable by
 * convention within the package.
 */
final class Constant implements Value {
  private final String origin;
  private final int[] dims;
  private final double[] values;
  private final boolean integral;

  private Constant(String origin, int[] dims, double[] values, boolean integral) {
    this.origin = origin;
    this.dims = dims;
    this.values = values;
    this.integral = integral;
  }

  static Constant ofReals(String origin, int[] dims, double[] values) {
    return new Constant(origin, dims, values, false);
  }

  static Constant ofIntegers(String origin, int[] dims, double[] values) {
    return new Constant(origin, dims, values, true);
  }

  static Constant ofIntegers(String origin, long... values) {
    return ofIntegers(
        origin, new int[] {values.length}, Arrays.stream(values).asDoubleStream().toArray());
  }

  /** Another constant of the same kind, real or integer, from the same place. */
  Constant like(int[] otherDims, double[] otherValues) {
    return new Constant(origin, otherDims, otherValues, integral);
  }

  Constant asReals() {
    return ofReals(origin, dims, values);
  }

  Constant asIntegers() {
    return ofIntegers(origin, dims, Arrays.stream(values).map(v -> (double) (long) v).toArray());
  }

  /** Name of the initializer or tensor. */
  String origin() {
    return origin;
  }

  boolean isIntegral() {
    return integral;
  }

  int rank() {
    return dims.length;
  }

  int extent(int dimension) {
    return dims[dimension];
  }

  int[] dims() {
    return dims.clone();
  }

  int size() {
    return values.length;
  }

  double value(int position) {
    return values[position];
  }

  double[] values() {
    return values.clone();
  }

  /** The only value. */
  double scalar() {
    if (values.length != 1) {
      throw new IllegalArgumentException(origin + " " + this + " must hold one value.");
    }
    return values[0];
  }

  /** The values as integers; a shape, axes or pads. */
  long[] integers() {
    return Arrays.stream(values).mapToLong(v -> (long) v).toArray();
  }

  /** The values as weights of a shape; refuses NaN and infinity. */
  Tensor tensor(int... shape) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
      if (!Float.isFinite(floats[i])) {
        throw new IllegalArgumentException(
            "the weights "
                + origin
                + " hold "
                + floats[i]
                + " at position "
                + i
                + "; every weight must be finite.");
      }
    }
    return Tensor.of(floats, shape);
  }

  Constant transposed(int[] permutation) {
    int[] shape = new int[dims.length];
    int[] strides = new int[dims.length];
    int[] from = strides();
    for (int i = 0; i < shape.length; i++) {
      shape[i] = dims[permutation[i]];
      strides[i] = from[permutation[i]];
    }
    double[] result = new double[values.length];
    int[] index = new int[shape.length];
    for (int i = 0; i < result.length; i++) {
      int position = 0;
      for (int d = 0; d < index.length; d++) {
        position += index[d] * strides[d];
      }
      result[i] = values[position];
      for (int d = index.length - 1; d >= 0 && ++index[d] == shape[d]; d--) {
        index[d] = 0;
      }
    }
    return like(shape, result);
  }

  private int[] strides() {
    int[] strides = new int[dims.length];
    for (int d = dims.length - 1, step = 1; d >= 0; step *= dims[d--]) {
      strides[d] = step;
    }
    return strides;
  }

  @Override
  public String toString() {
    return Arrays.toString(dims);
  }
}
