package dev.thresher.network.onnx;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Constants under other dimensions, repeated, cut, padded and joined. */
final class ConstantLayouts {
  private ConstantLayouts() {}

  static Value reshape(Call call) {
    Constant data = call.constant(0);
    long[] target = call.constant(1).integers();
    boolean copyZero = call.integer("allowzero", 0) == 0;
    return withDims(data, LayoutOperators.resolve(longs(data.dims()), target, copyZero));
  }

  static Value flatten(Call call) {
    Constant data = call.constant(0);
    long axis = call.integer("axis", 1);
    int split = axis == data.rank() ? data.rank() : data.dimension(axis);
    long[] dims = {1, 1};
    for (int i = 0; i < data.rank(); i++) {
      dims[i < split ? 0 : 1] *= data.extent(i);
    }
    return withDims(data, dims);
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
      dropped[data.dimension(axis)] = true;
    }
    return withDims(data, longs(without(data.dims(), dropped)));
  }

  /** Extents of the dimensions that stay. */
  static int[] without(int[] dims, boolean[] dropped) {
    return IntStream.range(0, dims.length).filter(i -> !dropped[i]).map(i -> dims[i]).toArray();
  }

  static Value unsqueeze(Call call) {
    Constant data = call.constant(0);
    long[] axes =
        call.integersFrom("axes", 1)
            .orElseThrow(() -> new IllegalArgumentException("its axes are missing."));
    long[] dims = new long[Math.addExact(data.rank(), axes.length)];
    for (long axis : axes) {
      long dimension = axis < 0 ? axis + dims.length : axis;
      if (dimension < 0 || dimension >= dims.length || dims[(int) dimension] != 0) {
        throw new IllegalArgumentException(
            "axes "
                + Arrays.toString(axes)
                + " must name each of "
                + dims.length
                + " dimensions once.");
      }
      dims[(int) dimension] = 1;
    }
    int from = 0;
    for (int i = 0; i < dims.length; i++) {
      dims[i] = dims[i] == 1 ? 1 : data.extent(from++);
    }
    return withDims(data, dims);
  }

  private static Constant withDims(Constant data, long[] dims) {
    if (Arrays.stream(dims).reduce(1, Math::multiplyExact) != data.size()) {
      throw new IllegalArgumentException(
          "it reshapes the constant "
              + data.origin()
              + " "
              + data
              + " to "
              + Arrays.toString(dims)
              + ", which do not hold the same number of values.");
    }
    return data.withDims(Arrays.stream(dims).mapToInt(Math::toIntExact).toArray());
  }

  private static long[] longs(int[] values) {
    return Arrays.stream(values).asLongStream().toArray();
  }

  static Value transpose(Call call) {
    Constant data = call.constant(0);
    long[] reversed = new long[data.rank()];
    Arrays.setAll(reversed, i -> reversed.length - 1 - i);
    long[] given = call.integers("perm").orElse(reversed);
    int[] permutation = Arrays.stream(given).mapToInt(data::dimension).toArray();
    if (permutation.length != data.rank()
        || Arrays.stream(permutation).distinct().count() != permutation.length) {
      throw new IllegalArgumentException(
          "perm = " + Arrays.toString(given) + " must name each dimension once.");
    }
    call.tensors().allowance().make(data.size());
    return data.transposed(permutation);
  }

  static Value expand(Call call) {
    Constant data = call.constant(0);
    int[] target =
        Arrays.stream(call.constant(1).integers()).mapToInt(ConstantLayouts::extent).toArray();
    int[] dims = ConstantArithmetic.broadcast(data.dims(), target);
    Walk walk = Walk.spread(data, dims);
    return call.computed(data.element(), dims, i -> data.value(walk.next()));
  }

  private static int extent(long value) {
    if (value < 0 || value > Integer.MAX_VALUE) {
      throw new IllegalArgumentException("its extent " + value + " is negative or too large.");
    }
    return (int) value;
  }

  static Value tile(Call call) {
    Constant data = call.constant(0);
    long[] repeats = call.constant(1).integers();
    if (repeats.length != data.rank()) {
      throw new IllegalArgumentException(
          "its repeats " + Arrays.toString(repeats) + " must be one for each dimension.");
    }
    // Every dimension twice: which copy, and where in it.
    int[] twice = new int[2 * data.rank()];
    int[] strides = new int[twice.length];
    long[] dims = new long[data.rank()];
    int[] own = Walk.strides(data.dims());
    for (int d = 0; d < dims.length; d++) {
      twice[2 * d] = extent(repeats[d]);
      twice[2 * d + 1] = data.extent(d);
      strides[2 * d + 1] = own[d];
      dims[d] = Math.multiplyExact(repeats[d], (long) data.extent(d));
    }
    Walk walk = new Walk(twice, strides, 0);
    return call.computed(data.element(), dims, i -> data.value(walk.next()));
  }

  static Value slice(Call call) {
    Constant data = call.constant(0);
    long[] starts = call.integersFrom("starts", 1).orElse(new long[0]);
    long[] ends = call.integersFrom("ends", 2).orElse(new long[0]);
    long[] axes =
        call.integersFrom("axes", 3)
            .orElseGet(() -> IntStream.range(0, starts.length).asLongStream().toArray());
    long[] ones = new long[starts.length];
    Arrays.fill(ones, 1);
    long[] steps = call.optionalConstant(4).map(Constant::integers).orElse(ones);
    if (ends.length != starts.length
        || axes.length != starts.length
        || steps.length != starts.length) {
      throw new IllegalArgumentException(
          "its starts, ends, axes and steps must be as many as each other.");
    }
    int[] dims = data.dims();
    int[] strides = Walk.strides(dims);
    int first = 0;
    for (int i = 0; i < starts.length; i++) {
      int axis = data.dimension(axes[i]);
      Cut cut = Cut.of(starts[i], ends[i], steps[i], data.extent(axis));
      first += cut.from * strides[axis];
      dims[axis] = cut.count;
      strides[axis] *= cut.step;
    }
    Walk walk = new Walk(dims, strides, first);
    return call.computed(data.element(), dims, i -> data.value(walk.next()));
  }

  private record Cut(int from, int count, int step) {
    static Cut of(long start, long end, long step, int extent) {
      if (step == 0) {
        throw new IllegalArgumentException("its step is 0.");
      }
      if (extent == 0) {
        return new Cut(0, 0, 1);
      }
      long most = step > 0 ? extent : extent - 1L;
      long from = Math.max(0, Math.min(most, start < 0 ? start + extent : start));
      // Backwards, an end of -1 - extent or less takes the first value too, and so does what
      // exporters write for no end.
      boolean open = end == Integer.MAX_VALUE || end == Long.MAX_VALUE;
      long least = step > 0 ? 0 : -1;
      long last = end < 0 ? end + extent : end;
      long to = open && step < 0 ? -1 : Math.max(least, Math.min(most, last));
      long distance = step > 0 ? to - from : from - to;
      long stride = Math.min(Math.abs(step), Math.max(1, extent));
      long count = Math.max(0, (distance + stride - 1) / stride);
      return new Cut((int) Math.max(0, from), (int) count, (int) (step > 0 ? stride : -stride));
    }
  }

  static Value pad(Call call) {
    Constant data = call.constant(0);
    long[] pads = PoolingOperators.pads(call, data.rank());
    double fill = PoolingOperators.padding(call);
    int[] dims = data.dims();
    for (int d = 0; d < dims.length; d++) {
      if (pads[d] < 0 || pads[d + dims.length] < 0) {
        throw new IllegalArgumentException(
            "its pads " + Arrays.toString(pads) + " must not be negative.");
      }
      dims[d] = extent(dims[d] + pads[d] + pads[d + dims.length]);
    }
    Constant whole = call.computed(data.element(), dims, i -> fill);
    int[] strides = Walk.strides(dims);
    int first = 0;
    for (int d = 0; d < dims.length; d++) {
      first += (int) pads[d] * strides[d];
    }
    double[] values = whole.values();
    Walk walk = new Walk(data.dims(), strides, first);
    for (int i = 0; i < data.size(); i++) {
      values[walk.next()] = data.value(i);
    }
    return new Constant(call.name(), data.element(), dims, values);
  }

  static Value concat(Call call) {
    Constant first = call.constant(0);
    int axis = first.dimension(call.integer("axis", 0));
    int[] dims = first.dims();
    for (int i = 1; i < call.inputs().size(); i++) {
      Constant next = call.constant(i);
      int[] expected = first.dims();
      if (next.rank() == expected.length) {
        expected[axis] = next.extent(axis);
      }
      if (!Arrays.equals(expected, next.dims())) {
        throw new IllegalArgumentException(
            "it joins " + first + " and " + next + " along axis " + axis + ".");
      }
      dims[axis] = Math.addExact(dims[axis], next.extent(axis));
    }
    Constant whole = call.computed(first.element(), dims, i -> 0);
    double[] values = whole.values();
    int[] strides = Walk.strides(dims);
    int offset = 0;
    for (int i = 0; i < call.inputs().size(); i++) {
      Constant part = call.constant(i);
      Walk walk = new Walk(part.dims(), strides, offset);
      for (int k = 0; k < part.size(); k++) {
        values[walk.next()] = part.value(k);
      }
      offset += part.extent(axis) * strides[axis];
    }
    return new Constant(call.name(), first.element(), dims, values);
  }
}
