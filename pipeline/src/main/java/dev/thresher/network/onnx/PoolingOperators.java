package dev.thresher.network.onnx;

import dev.thresher.network.Border;
import dev.thresher.network.Reduce;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.LongStream;

/** Means over the whole map, padding, and the final softmax or sigmoid. */
final class PoolingOperators {
  private PoolingOperators() {}

  static Value globalAveragePool(Call call) {
    Feature x = call.map(0);
    return pooled(call, x, x.axes());
  }

  static Value averagePool(Call call) {
    Feature x = call.map(0);
    long[] kernel = call.integers("kernel_shape").orElse(new long[0]);
    long[] whole = {x.shape().height(), x.shape().width()};
    int[] pads = call.extents("pads", 4, 0);
    boolean padded = Arrays.stream(pads).anyMatch(pad -> pad != 0);
    if (!Arrays.equals(kernel, whole) || padded || call.text("auto_pad", "").startsWith("SAME")) {
      throw new IllegalArgumentException(
          "its window "
              + Arrays.toString(kernel)
              + " with pads "
              + Arrays.toString(pads)
              + " must cover the whole map "
              + Arrays.toString(whole)
              + " exactly; other pooling is not supported.");
    }
    return pooled(call, x, x.axes());
  }

  static Value reduceMean(Call call) {
    Feature x = call.feature(0);
    Optional<long[]> given = call.integersFrom("axes", 1);
    boolean[] reduced = new boolean[x.rank()];
    for (long axis : given.orElse(new long[0])) {
      reduced[x.dimension(axis)] = true;
    }
    List<Axis> left = new ArrayList<>();
    for (int i = 0; i < reduced.length; i++) {
      Axis axis = x.axes().get(i);
      boolean spatial = axis == Axis.ROW || axis == Axis.COLUMN;
      if (reduced[i] != spatial && axis != Axis.UNIT) {
        throw new IllegalArgumentException(
            "its axes "
                + given.map(Arrays::toString).orElse("(all)")
                + " of "
                + x.axes()
                + " must be the rows and the columns.");
      }
      if (!reduced[i]) {
        left.add(axis);
      } else if (call.integer("keepdims", 1) != 0) {
        left.add(Axis.UNIT);
      }
    }
    return pooled(call, x, left);
  }

  private static Value pooled(Call call, Feature x, List<Axis> axes) {
    String out = call.builder().add(call.name(), new Reduce.GlobalAveragePool(), x.tensor());
    return x.as(out, call.builder().shape(out)).withAxes(axes);
  }

  /** Zeros around the map, which the convolution that follows takes over. */
  static Value pad(Call call) {
    Feature x = call.feature(0);
    double value = padding(call);
    if (value != 0) {
      throw new IllegalArgumentException(
          "it pads with " + value + "; around a feature map only zeros are supported.");
    }
    long[] pads = pads(call, x.rank());
    int[] rows = new int[2];
    int[] columns = new int[2];
    for (int i = 0; i < pads.length; i++) {
      Axis axis = x.axes().get(i % x.rank());
      if (pads[i] < 0
          || pads[i] > OnnxReader.LARGEST_EXTENT
          || (pads[i] > 0 && axis != Axis.ROW && axis != Axis.COLUMN)) {
        throw new IllegalArgumentException(
            "its pads "
                + Arrays.toString(pads)
                + " of "
                + x.axes()
                + " must be from 0 to "
                + OnnxReader.LARGEST_EXTENT
                + ", on rows and columns only.");
      }
      if (pads[i] > 0) {
        (axis == Axis.ROW ? rows : columns)[i / x.rank()] = (int) pads[i];
      }
    }
    return x.withBorder(x.border().plus(new Border(rows[0], columns[0], rows[1], columns[1])));
  }

  /** The value that a Pad writes; refuses those that repeat or mirror the map. */
  static double padding(Call call) {
    String mode = call.text("mode", "constant");
    if (!mode.equals("constant")) {
      throw new IllegalArgumentException(
          "it pads by mode " + mode + "; only constant is supported.");
    }
    return call.opset() < 11
        ? call.number("value", 0)
        : call.optionalConstant(2).map(Constant::scalar).orElse(0.0);
  }

  /** What is added before each dimension, then after each. */
  static long[] pads(Call call, int rank) {
    long[] given =
        call.integersFrom("pads", 1)
            .orElseThrow(() -> new IllegalArgumentException("its pads are missing."));
    long[] axes =
        call.optionalConstant(3)
            .map(Constant::integers)
            .orElseGet(() -> LongStream.range(0, rank).toArray());
    if (given.length != 2 * axes.length) {
      throw new IllegalArgumentException(
          "its " + given.length + " pads must be two for each of " + axes.length + " axes.");
    }
    long[] pads = new long[2 * rank];
    for (int i = 0; i < given.length; i++) {
      long axis = axes[i % axes.length];
      long dimension = axis < 0 ? axis + rank : axis;
      if (dimension < 0 || dimension >= rank || Math.abs(given[i]) > Integer.MAX_VALUE) {
        throw new IllegalArgumentException(
            "its pad " + given[i] + " of axis " + axis + " does not fit " + rank + " dimensions.");
      }
      pads[(int) dimension + (i < axes.length ? 0 : rank)] = given[i];
    }
    return pads;
  }

  /** Over the channels of a vector only; what follows it is checked by the importer. */
  static Value softmax(Call call) {
    Feature x = call.feature(0);
    int axis = x.dimension(call.integer("axis", call.opset() < 13 ? 1 : -1));
    // Before opset 13 the dimensions from the axis on were one.
    boolean channels =
        call.opset() < 13
            ? x.axes().subList(axis, x.rank()).contains(Axis.CHANNEL)
                && !x.axes().subList(axis, x.rank()).contains(Axis.BATCH)
            : x.axes().get(axis) == Axis.CHANNEL;
    if (!channels || x.shape().positions() != 1) {
      throw new IllegalArgumentException(
          "it must be over the classes of one vector, at the end; its input is "
              + x.axes()
              + ", axis "
              + axis
              + ".");
    }
    return new Value.Probabilities(x, "softmax", call.name());
  }

  /** Of every class for itself, at the end: it keeps the order of the logits. */
  static Value sigmoid(Call call) {
    Feature x = call.feature(0);
    if (x.shape().positions() != 1) {
      throw new IllegalArgumentException(
          "a Sigmoid is supported at the end of a classifier only; its input is a map "
              + Arrays.toString(x.dims())
              + ".");
    }
    return new Value.Probabilities(x, "sigmoid", call.name());
  }
}
