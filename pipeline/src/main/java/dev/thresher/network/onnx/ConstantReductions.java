package dev.thresher.network.onnx;

import java.util.Arrays;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;

/** Sums, products, extremes and means of constants over some of their dimensions. */
final class ConstantReductions {
  private ConstantReductions() {}

  /**
   * Reduces from a first value on.
   *
   * @param first the result of no values
   * @param step takes the result up to here and the next value
   */
  static Function<Call, Value> reduction(double first, DoubleBinaryOperator step) {
    return call -> reduced(call, first, step, (value, count) -> value);
  }

  static Value mean(Call call) {
    return reduced(call, 0, Double::sum, (sum, count) -> sum / count);
  }

  /** Sum of squares, and what a function makes of it. */
  static Function<Call, Value> squares(DoubleUnaryOperator last) {
    return call ->
        reduced(call, 0, (sum, v) -> sum + v * v, (sum, count) -> last.applyAsDouble(sum));
  }

  private static Value reduced(
      Call call, double first, DoubleBinaryOperator step, DoubleBinaryOperator last) {
    Constant x = call.constant(0);
    long[] axes = call.integersFrom("axes", 1).orElse(new long[0]);
    if (axes.length == 0 && call.integer("noop_with_empty_axes", 0) != 0) {
      return x;
    }
    boolean[] dropped = new boolean[x.rank()];
    Arrays.fill(dropped, axes.length == 0);
    for (long axis : axes) {
      dropped[x.dimension(axis)] = true;
    }
    int[] kept = x.dims();
    for (int d = 0; d < kept.length; d++) {
      kept[d] = dropped[d] ? 1 : kept[d];
    }
    int[] strides = Walk.strides(kept);
    for (int d = 0; d < kept.length; d++) {
      strides[d] = dropped[d] ? 0 : strides[d];
    }
    call.tensors().allowance().read(x.size());
    Walk walk = new Walk(x.dims(), strides, 0);
    Constant zero = call.computed(Element.DOUBLE, kept, i -> first);
    double[] results = zero.values();
    for (int i = 0; i < x.size(); i++) {
      int at = walk.next();
      results[at] = step.applyAsDouble(results[at], x.value(i));
    }
    double count = results.length == 0 ? 0 : (double) x.size() / results.length;
    int[] dims =
        call.integer("keepdims", 1) != 0 ? kept : ConstantLayouts.without(x.dims(), dropped);
    return call.computed(x.element(), dims, i -> last.applyAsDouble(results[i], count));
  }
}
