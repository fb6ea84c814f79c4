package dev.thresher.network.onnx;

import java.util.Arrays;
import java.util.stream.IntStream;

/** Picks and replaces values of constants by their indices. */
final class ConstantIndexing {
  private ConstantIndexing() {}

  static Value gather(Call call) {
    Constant data = call.constant(0);
    Constant indices = call.constant(1);
    int axis = data.dimension(call.integer("axis", 0));
    int extent = data.extent(axis);
    int inner = Walk.strides(data.dims())[axis];
    int[] dims = new int[data.rank() - 1 + indices.rank()];
    System.arraycopy(data.dims(), 0, dims, 0, axis);
    System.arraycopy(indices.dims(), 0, dims, axis, indices.rank());
    System.arraycopy(data.dims(), axis + 1, dims, axis + indices.rank(), data.rank() - axis - 1);
    return call.computed(
        data.element(),
        dims,
        i -> {
          int outer = i / inner / indices.size();
          int at = index(indices.value(i / inner % indices.size()), extent);
          return data.value((outer * extent + at) * inner + i % inner);
        });
  }

  private static int index(double value, int extent) {
    double index = value < 0 ? value + extent : value;
    if (!(index >= 0 && index < extent)) {
      throw new IllegalArgumentException(
          "its index " + (long) value + " is outside " + extent + " values.");
    }
    return (int) index;
  }

  /** The positions in a constant that rows of indices name, each the first of a block. */
  private record Rows(Constant data, Constant indices, int length, int block) {
    static Rows of(Constant data, Constant indices) {
      int length = indices.rank() == 0 ? 0 : indices.extent(indices.rank() - 1);
      if (length < 1 || length > data.rank()) {
        throw new IllegalArgumentException(
            "its indices " + indices + " must end in up to " + data.rank() + " numbers.");
      }
      return new Rows(data, indices, length, Walk.strides(data.dims())[length - 1]);
    }

    int first(int row) {
      int[] strides = Walk.strides(data.dims());
      int position = 0;
      for (int d = 0; d < length; d++) {
        position += index(indices.value(row * length + d), data.extent(d)) * strides[d];
      }
      return position;
    }

    /** The dimensions of what the rows name: those of the rows, then those of a block. */
    int[] dims() {
      int outer = indices.rank() - 1;
      int[] dims = Arrays.copyOf(indices.dims(), outer + data.rank() - length);
      System.arraycopy(data.dims(), length, dims, outer, data.rank() - length);
      return dims;
    }
  }

  static Value gatherNd(Call call) {
    if (call.integer("batch_dims", 0) != 0) {
      throw new IllegalArgumentException("its batch_dims must be 0.");
    }
    Constant data = call.constant(0);
    Rows rows = Rows.of(data, call.constant(1));
    return call.computed(
        data.element(), rows.dims(), i -> data.value(rows.first(i / rows.block) + i % rows.block));
  }

  static Value scatterNd(Call call) {
    Constant data = call.constant(0);
    Rows rows = Rows.of(data, call.constant(1));
    Constant updates = call.constant(2);
    if (!call.text("reduction", "none").equals("none")) {
      throw new IllegalArgumentException("its reduction must be none.");
    }
    if (!Arrays.equals(updates.dims(), rows.dims())) {
      throw new IllegalArgumentException(
          "its updates " + updates + " must be " + Arrays.toString(rows.dims()) + ".");
    }
    double[] values = call.computed(data.element(), data.dims(), data::value).values();
    for (int i = 0; i < updates.size(); i++) {
      values[rows.first(i / rows.block) + i % rows.block] = updates.value(i);
    }
    return new Constant(call.name(), data.element(), data.dims(), values);
  }

  static Value nonZero(Call call) {
    Constant x = call.constant(0);
    double[] values = x.values();
    int[] found = IntStream.range(0, values.length).filter(i -> values[i] != 0).toArray();
    int[] strides = Walk.strides(x.dims());
    int[] dims = {x.rank(), found.length};
    return call.computed(
        Element.INT64,
        dims,
        i -> {
          int dimension = i / found.length;
          return found[i % found.length] / strides[dimension] % x.extent(dimension);
        });
  }
}
