package dev.thresher.network.onnx;

import dev.thresher.tensor.Tensor;
import java.util.Arrays;

/**
 * A constant of the file: an initializer, or what was computed from initializers and shapes alone.
 *
 * <p>Values are held as double, which is exact for every type but integers beyond 2^53; immutable
 * by convention within the package.
 */
final class Constant implements Value {
  private final String origin;
  private final Element element;
  private final int[] dims;
  private final double[] values;

  Constant(String origin, Element element, int[] dims, double[] values) {
    this.origin = origin;
    this.element = element;
    this.dims = dims;
    this.values = values;
  }

  /** A vector of int64, as shapes are. */
  static Constant ofIntegers(String origin, long... values) {
    double[] held = Arrays.stream(values).asDoubleStream().toArray();
    return new Constant(origin, Element.INT64, new int[] {values.length}, held);
  }

  /** The same values under other dimensions that hold as many. */
  Constant withDims(int... others) {
    return new Constant(origin, element, others, values);
  }

  /** Name of the initializer or tensor. */
  String origin() {
    return origin;
  }

  Element element() {
    return element;
  }

  boolean isIntegral() {
    return element.isIntegral();
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

  /** A dimension counted from either end, as ONNX attributes do. */
  int dimension(long axis) {
    long dimension = axis < 0 ? axis + dims.length : axis;
    if (dimension < 0 || dimension >= dims.length) {
      throw new IllegalArgumentException(
          "axis " + axis + " is outside a constant of " + dims.length + " dimensions.");
    }
    return (int) dimension;
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

  /** The dimensions in another order. */
  Constant transposed(int... permutation) {
    int[] shape = new int[dims.length];
    int[] strides = new int[dims.length];
    int[] from = Walk.strides(dims);
    for (int i = 0; i < shape.length; i++) {
      shape[i] = dims[permutation[i]];
      strides[i] = from[permutation[i]];
    }
    Walk walk = new Walk(shape, strides, 0);
    double[] result = new double[values.length];
    Arrays.setAll(result, i -> values[walk.next()]);
    return new Constant(origin, element, shape, result);
  }

  @Override
  public String toString() {
    return Arrays.toString(dims);
  }
}
