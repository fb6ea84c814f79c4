package dev.thresher.network.onnx;

import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import java.util.stream.IntStream;
import onnx.Onnx.TensorProto;

/** What exporters compute from constants and shapes: reshape targets, transposed weights. */
final class ConstantOperators {
  /** More values than any shape or scalar has; keeps a damaged file from allocating. */
  private static final int LARGEST_FILL = 1 << 20;

  private ConstantOperators() {}

  static Value constant(Call call) {
    if (call.has("value")) {
      return OnnxTensors.read(call.model(), call.name(), call.tensor("value").orElseThrow());
    } else if (call.has("value_float")) {
      return Constant.ofReals(
          call.name(), new int[0], new double[] {call.number("value_float", 0)});
    } else if (call.has("value_int")) {
      return Constant.ofIntegers(
          call.name(), new int[0], new double[] {call.integer("value_int", 0)});
    } else if (call.has("value_floats")) {
      double[] values = call.numbers("value_floats").orElseThrow();
      return Constant.ofReals(call.name(), new int[] {values.length}, values);
    } else if (call.has("value_ints")) {
      return Constant.ofIntegers(call.name(), call.integers("value_ints").orElseThrow());
    }
    throw new IllegalArgumentException("its value must be a tensor, or floats or integers.");
  }

  static Value constantOfShape(Call call) {
    long[] shape = call.constant(0).integers();
    long size = 1;
    for (long extent : shape) {
      size = extent < 0 || extent > LARGEST_FILL ? -1 : size * extent;
      if (size < 0 || size > LARGEST_FILL) {
        throw new IllegalArgumentException(
            "its shape " + Arrays.toString(shape) + " is negative or too large.");
      }
    }
    int[] dims = Arrays.stream(shape).mapToInt(v -> (int) v).toArray();
    double[] values = new double[(int) size];
    TensorProto fill = call.tensor("value").orElse(null);
    if (fill == null) {
      return Constant.ofReals(call.name(), dims, values);
    }
    Constant value = OnnxTensors.read(call.model(), call.name(), fill);
    Arrays.fill(values, value.scalar());
    return value.like(dims, values);
  }

  static Value cast(Call call) {
    long to = call.integer("to", 1);
    boolean real = to == 1 || to == 10 || to == 11 || to == 16;
    return real ? call.constant(0).asReals() : call.constant(0).asIntegers();
  }

  static Value shape(Call call) {
    return shapeOf(call, Arrays.stream(call.constant(0).dims()).asLongStream().toArray());
  }

  static Value shapeOf(Call call, long[] dims) {
    int from = bounded(call.integer("start", 0), dims.length);
    int to = bounded(call.integer("end", dims.length), dims.length);
    return Constant.ofIntegers(call.name(), Arrays.copyOfRange(dims, from, Math.max(from, to)));
  }

  private static int bounded(long index, int size) {
    return (int) Math.max(0, Math.min(size, index < 0 ? index + size : index));
  }

  private static int axis(long axis, int rank) {
    long result = axis < 0 ? axis + rank : axis;
    if (result < 0 || result >= rank) {
      throw new IllegalArgumentException(
          "axis " + axis + " is outside a constant of " + rank + " dimensions.");
    }
    return (int) result;
  }

  /** On vectors, which is how exporters take a shape apart. */
  static Value gather(Call call) {
    Constant data = vector(call.constant(0));
    Constant indices = call.constant(1);
    double[] picked = new double[indices.size()];
    for (int i = 0; i < picked.length; i++) {
      picked[i] = data.value(axis((long) indices.value(i), data.size()));
    }
    return data.like(indices.dims(), picked);
  }

  static Value slice(Call call) {
    Constant data = vector(call.constant(0));
    long start = single(call, "starts", 1, 0);
    long end = single(call, "ends", 2, Long.MAX_VALUE);
    axis(single(call, "axes", 3, 0), 1);
    long step = call.optionalConstant(4).map(c -> (long) c.scalar()).orElse(1L);
    if (step != 1) {
      throw new IllegalArgumentException("its step " + step + " must be 1.");
    }
    int from = bounded(start, data.size());
    int to = Math.max(from, bounded(end, data.size()));
    return data.like(new int[] {to - from}, Arrays.copyOfRange(data.values(), from, to));
  }

  private static long single(Call call, String attribute, int position, long otherwise) {
    long[] values = call.integersFrom(attribute, position).orElse(new long[] {otherwise});
    if (values.length != 1) {
      throw new IllegalArgumentException(
          attribute + " " + Arrays.toString(values) + " must be one number.");
    }
    return values[0];
  }

  private static Constant vector(Constant constant) {
    if (constant.rank() != 1) {
      throw new IllegalArgumentException(
          "its constant " + constant.origin() + " " + constant + " must be a vector.");
    }
    return constant;
  }

  static Value concat(Call call) {
    Constant first = vector(call.constant(0));
    double[] values = first.values();
    boolean integral = first.isIntegral();
    for (int i = 1; i < call.inputs().size(); i++) {
      double[] more = vector(call.constant(i)).values();
      int at = values.length;
      values = Arrays.copyOf(values, at + more.length);
      System.arraycopy(more, 0, values, at, more.length);
    }
    int[] dims = {values.length};
    return integral
        ? Constant.ofIntegers(call.name(), dims, values)
        : Constant.ofReals(call.name(), dims, values);
  }

  static Value reshape(Call call) {
    Constant data = call.constant(0);
    long[] target = call.constant(1).integers();
    boolean copyZero = call.integer("allowzero", 0) == 0;
    return withDims(data, LayoutOperators.resolve(longs(data.dims()), target, copyZero));
  }

  static Value squeeze(Call call) {
    Constant data = call.constant(0);
    boolean[] dropped = new boolean[data.rank()];
    long[] axes =
        call.integersFrom("axes", 1)
            .orElseGet(
                () ->
                    IntStream.range(0, data.rank())
                        .filter(i -> data.extent(i) == 1)
                        .asLongStream()
                        .toArray());
    for (long axis : axes) {
      dropped[axis(axis, data.rank())] = true;
    }
    int[] left = IntStream.range(0, data.rank()).filter(i -> !dropped[i]).toArray();
    return withDims(data, Arrays.stream(left).mapToLong(data::extent).toArray());
  }

  static Value unsqueeze(Call call) {
    Constant data = call.constant(0);
    long[] axes =
        call.integersFrom("axes", 1)
            .orElseThrow(() -> new IllegalArgumentException("its axes are missing."));
    int rank = Math.addExact(data.rank(), axes.length);
    boolean[] added = new boolean[rank];
    for (long axis : axes) {
      added[axis(axis, rank)] = true;
    }
    long[] dims = new long[rank];
    for (int i = 0, from = 0; i < rank; i++) {
      dims[i] = added[i] || from >= data.rank() ? 1 : data.extent(from++);
    }
    return withDims(data, dims);
  }

  private static Constant withDims(Constant data, long[] dims) {
    if (Arrays.stream(dims).reduce(1, (a, b) -> a * b) != data.size()) {
      throw new IllegalArgumentException(
          "it reshapes the constant "
              + data.origin()
              + " "
              + data
              + " to "
              + Arrays.toString(dims)
              + ", which do not hold the same number of values.");
    }
    return data.like(Arrays.stream(dims).mapToInt(v -> (int) v).toArray(), data.values());
  }

  private static long[] longs(int[] values) {
    return Arrays.stream(values).asLongStream().toArray();
  }

  static Value transpose(Call call) {
    Constant data = call.constant(0);
    long[] reversed = new long[data.rank()];
    Arrays.setAll(reversed, i -> reversed.length - 1 - i);
    long[] given = call.integers("perm").orElse(reversed);
    int[] permutation = Arrays.stream(given).mapToInt(i -> axis(i, data.rank())).toArray();
    if (permutation.length != data.rank()
        || Arrays.stream(permutation).distinct().count() != permutation.length) {
      throw new IllegalArgumentException(
          "perm = " + Arrays.toString(given) + " must name each dimension once.");
    }
    return data.transposed(permutation);
  }

  static Value add(Call call) {
    return combine(call, (a, b) -> a + b);
  }

  static Value subtract(Call call) {
    return combine(call, (a, b) -> a - b);
  }

  static Value multiply(Call call) {
    return combine(call, (a, b) -> a * b);
  }

  static Value divide(Call call) {
    boolean integral = call.constant(0).isIntegral();
    return combine(call, integral ? ConstantOperators::quotient : (a, b) -> a / b);
  }

  private static double quotient(double a, double b) {
    long whole = (long) a / (long) b;
    return whole;
  }

  private static Value combine(Call call, DoubleBinaryOperator operator) {
    Constant a = call.constant(0);
    Constant b = call.constant(1);
    if (a.size() != 1 && b.size() != 1 && !Arrays.equals(a.dims(), b.dims())) {
      throw new IllegalArgumentException(
          "it combines constants " + a + " and " + b + "; one must be a scalar.");
    }
    boolean spreadA = a.size() == 1 && b.rank() >= a.rank();
    Constant shaped = spreadA ? b : a;
    double[] values = new double[shaped.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          operator.applyAsDouble(a.value(a.size() == 1 ? 0 : i), b.value(b.size() == 1 ? 0 : i));
    }
    return shaped.like(shaped.dims(), values);
  }

  /** Integer weights with their scales, per tensor or along one axis. */
  static Value dequantize(Call call) {
    Constant x = call.constant(0);
    Constant scale = call.constant(1);
    Constant zero =
        call.optionalConstant(2)
            .orElseGet(() -> scale.like(scale.dims(), new double[scale.size()]));
    int axis = scale.size() == 1 ? 0 : axis(call.integer("axis", 1), x.rank());
    if (zero.size() != scale.size() || (scale.size() != 1 && scale.size() != x.extent(axis))) {
      throw new IllegalArgumentException(
          "its scale " + scale + " and zero point " + zero + " do not fit " + x + ".");
    }
    int inner = 1;
    for (int i = axis + 1; i < x.rank(); i++) {
      inner *= x.extent(i);
    }
    double[] values = x.values();
    for (int i = 0; i < values.length; i++) {
      int k = scale.size() == 1 ? 0 : i / inner % scale.size();
      values[i] = (float) (values[i] - zero.value(k)) * (float) scale.value(k);
    }
    return Constant.ofReals(x.origin(), x.dims(), values);
  }
}
