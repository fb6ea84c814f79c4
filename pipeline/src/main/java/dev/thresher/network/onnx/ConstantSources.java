package dev.thresher.network.onnx;

import java.util.Arrays;
import onnx.Onnx.TensorProto;

/** What begins a computation on constants, and what changes the type of its values. */
final class ConstantSources {
  private ConstantSources() {}

  static Value constant(Call call) {
    if (call.has("value")) {
      return call.tensors().read(call.name(), call.tensor("value").orElseThrow());
    } else if (call.has("value_float")) {
      return scalar(call, Element.FLOAT, call.number("value_float", 0));
    } else if (call.has("value_int")) {
      return scalar(call, Element.INT64, (double) call.integer("value_int", 0));
    } else if (call.has("value_floats")) {
      double[] values = call.numbers("value_floats").orElseThrow();
      return new Constant(call.name(), Element.FLOAT, new int[] {values.length}, values);
    } else if (call.has("value_ints")) {
      return Constant.ofIntegers(call.name(), call.integers("value_ints").orElseThrow());
    }
    throw new IllegalArgumentException("its value must be a tensor, or floats or integers.");
  }

  private static Constant scalar(Call call, Element element, double value) {
    return new Constant(call.name(), element, new int[0], new double[] {value});
  }

  static Value constantOfShape(Call call) {
    long[] shape = call.constant(0).integers();
    TensorProto fill = call.tensor("value").orElse(null);
    if (fill == null) {
      return call.computed(Element.FLOAT, shape, i -> 0);
    }
    Constant value = call.tensors().read(call.name(), fill);
    double each = value.scalar();
    return call.computed(value.element(), shape, i -> each);
  }

  static Value range(Call call) {
    Constant start = call.constant(0);
    double from = start.scalar();
    double step = call.constant(2).scalar();
    double count = Math.max(0, Math.ceil((call.constant(1).scalar() - from) / step));
    if (!(count <= Integer.MAX_VALUE)) {
      throw new IllegalArgumentException("it counts " + count + " values from " + from + ".");
    }
    return call.computed(start.element(), new long[] {(long) count}, i -> from + i * step);
  }

  static Value cast(Call call) {
    long to = call.integer("to", 1);
    Element element =
        Element.of(to)
            .orElseThrow(
                () -> new IllegalArgumentException("it converts to type " + to + ", no number."));
    return converted(call, element);
  }

  static Value castLike(Call call) {
    return converted(call, call.constant(1).element());
  }

  /** The first input as another type. */
  static Constant converted(Call call, Element element) {
    Constant data = call.constant(0);
    return call.computed(element, data.dims(), data::value);
  }

  static Value shape(Call call) {
    return shapeOf(call, Arrays.stream(call.constant(0).dims()).asLongStream().toArray());
  }

  /** Extents as constants; from operator set 15 on a part of them. */
  static Value shapeOf(Call call, long[] dims) {
    int from = bounded(call.integer("start", 0), dims.length);
    int to = bounded(call.integer("end", dims.length), dims.length);
    return Constant.ofIntegers(call.name(), Arrays.copyOfRange(dims, from, Math.max(from, to)));
  }

  static Value size(Call call) {
    return scalar(call, Element.INT64, call.constant(0).size());
  }

  private static int bounded(long index, int size) {
    return (int) Math.max(0, Math.min(size, index < 0 ? index + size : index));
  }

  /** Integer weights with their scales, per tensor or along one axis. */
  static Value dequantize(Call call) {
    Constant x = call.constant(0);
    Constant scale = call.constant(1);
    if (call.integer("block_size", 0) != 0) {
      throw new IllegalArgumentException("its weights are quantized by blocks.");
    }
    Constant zero =
        call.optionalConstant(2)
            .orElseGet(
                () ->
                    new Constant(call.name(), x.element(), scale.dims(), new double[scale.size()]));
    int axis = scale.size() == 1 ? 0 : x.dimension(call.integer("axis", 1));
    if (zero.size() != scale.size() || (scale.size() != 1 && scale.size() != x.extent(axis))) {
      throw new IllegalArgumentException(
          "its scale " + scale + " and zero point " + zero + " do not fit " + x + ".");
    }
    int inner = scale.size() == 1 ? 1 : Walk.strides(x.dims())[axis];
    return call.computed(
        Element.of(call.integer("output_dtype", 0)).orElse(scale.element()),
        x.dims(),
        i -> {
          int k = scale.size() == 1 ? 0 : i / inner % scale.size();
          return (x.value(i) - zero.value(k)) * scale.value(k);
        });
  }
}
