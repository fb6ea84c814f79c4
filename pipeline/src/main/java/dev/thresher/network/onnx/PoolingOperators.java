package dev.thresher.network.onnx;

import dev.thresher.network.Border;
import dev.thresher.network.Operator;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Means over the whole map, padding, and the final softmax. */
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
    String out = call.builder().add(call.name(), new Operator.GlobalAveragePool(), x.tensor());
    return x.as(out, call.builder().shape(out)).withAxes(axes);
  }

  /** Zeros around the map, which the convolution that follows takes over. */
  static Value pad(Call call) {
    Feature x = call.feature(0);
    String mode = call.text("mode", "constant");
    double value =
        call.opset() < 11
            ? call.number("value", 0)
            : call.optionalConstant(2).map(Constant::scalar).orElse(0.0);
    if (!mode.equals("constant") || value != 0) {
      throw new IllegalArgumentException(
          "it pads by mode " + mode + ", value " + value + "; only zeros are supported.");
    }
    long[] pads =
        call.integersFrom("pads", 1)
            .orElseThrow(() -> new IllegalArgumentException("its pads are missing."));
    long[] axes = call.optionalConstant(3).map(Constant::integers).orElse(all(x.rank()));
    if (pads.length != 2 * axes.length) {
      throw new IllegalArgumentException(
          "its " + pads.length + " pads must be two for each of " + axes.length + " axes.");
    }
    int[] rows = new int[2];
    int[] columns = new int[2];
    for (int i = 0; i < axes.length; i++) {
      Axis axis = x.axes().get(x.dimension(axes[i]));
      for (int end = 0; end < 2; end++) {
        long pad = pads[i + end * axes.length];
        if (pad < 0
            || pad > OnnxReader.LARGEST_EXTENT
            || (pad > 0 && axis != Axis.ROW && axis != Axis.COLUMN)) {
          throw new IllegalArgumentException(
              "its pads "
                  + Arrays.toString(pads)
                  + " of "
                  + x.axes()
                  + " must be from 0 to "
                  + OnnxReader.LARGEST_EXTENT
                  + ", on rows and columns only.");
        }
        if (pad > 0) {
          (axis == Axis.ROW ? rows : columns)[end] = (int) pad;
        }
      }
    }
    return x.withBorder(x.border().plus(new Border(rows[0], columns[0], rows[1], columns[1])));
  }

  private static long[] all(int rank) {
    long[] axes = new long[rank];
    Arrays.setAll(axes, i -> i);
    return axes;
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
    return new Value.Probabilities(x, call.name());
  }
}
