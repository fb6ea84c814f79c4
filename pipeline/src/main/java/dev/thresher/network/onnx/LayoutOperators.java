package dev.thresher.network.onnx;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** Operators that move no value of an image: they rename dimensions, or nothing. */
final class LayoutOperators {
  private LayoutOperators() {}

  static Value identity(Call call) {
    return call.input(0).orElseThrow(() -> new IllegalArgumentException("its input is missing."));
  }

  static Value dropout(Call call) {
    if (call.optionalConstant(2).map(Constant::scalar).orElse(0.0) != 0) {
      throw new IllegalArgumentException(
          "training_mode is on; export the network in evaluation mode.");
    }
    return call.feature(0);
  }

  static Value cast(Call call) {
    // FLOAT, FLOAT16, DOUBLE, BFLOAT16: the network is computed in float32 whatever the file says.
    long to = call.integer("to", 1);
    if (Element.of(to).map(Element::isIntegral).orElse(true)) {
      throw new IllegalArgumentException("it converts activations to type " + to + ", no float.");
    }
    return call.feature(0);
  }

  /** The type of one input is taken over from the other; that of every activation is float32. */
  static Value castLike(Call call) {
    if (call.input(0).orElse(null) instanceof Constant) {
      return ConstantSources.converted(call, Element.FLOAT);
    }
    if (call.input(1).orElse(null) instanceof Constant like && like.isIntegral()) {
      throw new IllegalArgumentException("it converts activations to " + like.element() + ".");
    }
    return call.feature(0);
  }

  /** To the extents that it has already. */
  static Value expand(Call call) {
    Feature x = call.feature(0);
    long[] target = call.constant(1).integers();
    int added = target.length - x.rank();
    for (int i = 0; i < target.length; i++) {
      long own = i < added ? 1 : x.extent(i - added);
      if (added > 0 || (target[i] != 1 && target[i] != own)) {
        throw new IllegalArgumentException(
            "it repeats the values of "
                + Arrays.toString(x.dims())
                + " over "
                + Arrays.toString(target)
                + ", which is not supported on activations.");
      }
    }
    return x;
  }

  static Value transpose(Call call) {
    Feature x = call.feature(0);
    long[] reversed = new long[x.rank()];
    Arrays.setAll(reversed, i -> reversed.length - 1 - i);
    long[] permutation = call.integers("perm").orElse(reversed);
    List<Axis> axes = new ArrayList<>();
    boolean[] seen = new boolean[x.rank()];
    for (long from : permutation) {
      int dimension = x.dimension(from);
      if (seen[dimension] || permutation.length != x.rank()) {
        throw new IllegalArgumentException(
            "perm = " + Arrays.toString(permutation) + " must name each dimension once.");
      }
      seen[dimension] = true;
      axes.add(x.axes().get(dimension));
    }
    return x.withAxes(axes);
  }

  static Value flatten(Call call) {
    Feature x = call.feature(0);
    long axis = call.integer("axis", 1);
    int split = axis == x.rank() ? x.rank() : x.dimension(axis);
    long[] dims = {1, 1};
    for (int i = 0; i < x.rank(); i++) {
      dims[i < split ? 0 : 1] *= x.extent(i);
    }
    return relabel(x, dims);
  }

  static Value reshape(Call call) {
    Feature x = call.feature(0);
    long[] target = call.constant(1).integers();
    boolean copyZero = call.integer("allowzero", 0) == 0;
    return relabel(x, resolve(x.dims(), target, copyZero));
  }

  /** Replaces 0 by the extent at its place and -1 by what is left. */
  static long[] resolve(long[] dims, long[] target, boolean copyZero) {
    long[] result = target.clone();
    long size = Arrays.stream(dims).reduce(1, (a, b) -> a * b);
    long known = 1;
    int unknown = -1;
    for (int i = 0; i < result.length; i++) {
      if (result[i] == 0 && copyZero && i < dims.length) {
        result[i] = dims[i];
      }
      if (result[i] == -1 && unknown < 0) {
        unknown = i;
      } else if (result[i] < 0 || result[i] > size) {
        throw mismatch(dims, target);
      } else {
        known = Math.multiplyExact(known, result[i]);
      }
    }
    if (unknown >= 0 && known != 0 && size % known == 0) {
      result[unknown] = size / known;
      known = size;
    }
    if (known != size) {
      throw mismatch(dims, target);
    }
    return result;
  }

  private static IllegalArgumentException mismatch(long[] dims, long[] target) {
    return new IllegalArgumentException(
        "it reshapes "
            + Arrays.toString(dims)
            + " to "
            + Arrays.toString(target)
            + ", which do not hold the same number of values.");
  }

  /** The same dimensions in the same order, with or without those of extent one. */
  private static Feature relabel(Feature x, long[] target) {
    List<Axis> left = new ArrayList<>(x.axes());
    left.removeIf(Predicate.isEqual(Axis.UNIT));
    List<Axis> axes = new ArrayList<>();
    int next = 0;
    for (long extent : target) {
      Optional<Axis> axis = next < left.size() ? Optional.of(left.get(next)) : Optional.empty();
      boolean taken = axis.isPresent() && extent == x.extent(x.axes().indexOf(axis.get()));
      axes.add(taken ? axis.get() : Axis.UNIT);
      next += taken ? 1 : 0;
      if (!taken && extent != 1) {
        next = Integer.MAX_VALUE;
        break;
      }
    }
    if (next != left.size()) {
      throw new IllegalArgumentException(
          "it reshapes "
              + x.axes()
              + " "
              + Arrays.toString(x.dims())
              + " to "
              + Arrays.toString(target)
              + "; only dimensions of extent one can be dropped or added: pool the map first.");
    }
    return x.withAxes(axes);
  }

  static Value squeeze(Call call) {
    Feature x = call.feature(0);
    Optional<long[]> given = call.integersFrom("axes", 1);
    boolean[] dropped = new boolean[x.rank()];
    for (int i = 0; i < dropped.length; i++) {
      dropped[i] = given.isEmpty() && x.axes().get(i) == Axis.UNIT;
    }
    for (long axis : given.orElse(new long[0])) {
      dropped[x.dimension(axis)] = true;
    }
    List<Axis> axes = new ArrayList<>();
    for (int i = 0; i < dropped.length; i++) {
      if (!dropped[i]) {
        axes.add(x.axes().get(i));
      } else if (x.axes().get(i) != Axis.UNIT) {
        throw new IllegalArgumentException(
            "it drops dimension " + i + " of " + x.axes() + ", which must have extent one.");
      }
    }
    return x.withAxes(axes);
  }

  static Value unsqueeze(Call call) {
    Feature x = call.feature(0);
    long[] given =
        call.integersFrom("axes", 1)
            .orElseThrow(() -> new IllegalArgumentException("its axes are missing."));
    int rank = Math.addExact(x.rank(), given.length);
    long[] sorted = Arrays.stream(given).map(axis -> axis < 0 ? axis + rank : axis).toArray();
    Arrays.sort(sorted);
    List<Axis> axes = new ArrayList<>(x.axes());
    for (long axis : sorted) {
      if (axis < 0 || axis > axes.size()) {
        throw new IllegalArgumentException(
            "axes " + Arrays.toString(given) + " are outside " + rank + " dimensions.");
      }
      axes.add((int) axis, Axis.UNIT);
    }
    return x.withAxes(axes);
  }

  static Value shape(Call call) {
    long[] dims = call.feature(0).dims();
    return ConstantSources.shapeOf(call, dims);
  }
}
