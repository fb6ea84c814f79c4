package dev.thresher.network.onnx;

import dev.thresher.network.Activation;
import dev.thresher.network.Combine;
import dev.thresher.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;

/** Clamps, sums, and arithmetic with constants per channel. */
final class ElementwiseOperators {
  private ElementwiseOperators() {}

  static Value relu(Call call) {
    return clamp(call, call.feature(0), Activation.RELU);
  }

  static Value clip(Call call) {
    double lower = bound(call, "min", 1, Double.NEGATIVE_INFINITY);
    double upper = bound(call, "max", 2, Double.POSITIVE_INFINITY);
    return clamp(call, call.feature(0), new Activation(bound(lower), bound(upper)));
  }

  /** Bounds are attributes before operator set 11, inputs from then on; either may be missing. */
  static double bound(Call call, String attribute, int position, double otherwise) {
    return call.opset() < 11
        ? call.number(attribute, otherwise)
        : call.optionalConstant(position).map(Constant::scalar).orElse(otherwise);
  }

  /** Exporters write the largest float where they mean no bound. */
  private static float bound(double value) {
    if (Math.abs(value) >= Float.MAX_VALUE) {
      return value > 0 ? Float.POSITIVE_INFINITY : Float.NEGATIVE_INFINITY;
    }
    return (float) value;
  }

  static Value minimum(Call call) {
    Operands operands = Operands.of(call);
    float upper = bound(operands.scalar());
    return clamp(call, operands.x(), new Activation(Float.NEGATIVE_INFINITY, upper));
  }

  static Value maximum(Call call) {
    Operands operands = Operands.of(call);
    float lower = bound(operands.scalar());
    return clamp(call, operands.x(), new Activation(lower, Float.POSITIVE_INFINITY));
  }

  private static Value clamp(Call call, Feature x, Activation activation) {
    return x.as(call.builder().clamp(call.name(), activation, x.tensor()), x.shape());
  }

  static Value add(Call call) {
    if (call.input(0).orElse(null) instanceof Feature a
        && call.input(1).orElse(null) instanceof Feature b) {
      if (!a.axes().equals(b.axes()) || !a.shape().equals(b.shape())) {
        throw new IllegalArgumentException(
            "it adds "
                + Arrays.toString(a.dims())
                + " and "
                + Arrays.toString(b.dims())
                + "; two feature maps must have one shape.");
      }
      String sum = call.builder().add(call.name(), new Combine.Add(), a.tensor(), b.tensor());
      return a.as(sum, a.shape());
    }
    return affine(call, 1, 1);
  }

  static Value subtract(Call call) {
    Operands operands = Operands.of(call);
    // c - x is -x + c.
    return operands.constantFirst() ? affine(call, -1, 1) : affine(call, 1, -1);
  }

  private static Value affine(Call call, float scale, float sign) {
    Operands operands = Operands.of(call);
    float[] shift = operands.perChannel();
    for (int i = 0; i < shift.length; i++) {
      shift[i] *= sign;
    }
    float[] scales = new float[shift.length];
    Arrays.fill(scales, scale);
    return affine(call, operands.x(), scales, shift);
  }

  static Value multiply(Call call) {
    Operands operands = Operands.of(call);
    float[] scale = operands.perChannel();
    return affine(call, operands.x(), scale, new float[scale.length]);
  }

  static Value divide(Call call) {
    Operands operands = Operands.of(call);
    if (operands.constantFirst()) {
      throw new IllegalArgumentException("it divides a constant by a feature map.");
    }
    float[] scale = operands.perChannel();
    for (int i = 0; i < scale.length; i++) {
      scale[i] = 1 / scale[i];
      if (!Float.isFinite(scale[i])) {
        throw new IllegalArgumentException("it divides channel " + i + " by zero.");
      }
    }
    return affine(call, operands.x(), scale, new float[scale.length]);
  }

  private static Value affine(Call call, Feature x, float[] scale, float[] shift) {
    int channels = scale.length;
    String out =
        call.builder()
            .affine(
                call.name(), Tensor.of(scale, channels), Tensor.of(shift, channels), x.tensor());
    return x.as(out, x.shape());
  }

  /** A feature map and a constant, in either order. */
  private record Operands(Feature x, Constant constant, boolean constantFirst) {
    static Operands of(Call call) {
      Optional<Value> first = call.input(0);
      Optional<Value> second = call.input(1);
      if (call.inputs().size() == 2) {
        if (first.orElse(null) instanceof Feature x
            && second.orElse(null) instanceof Constant constant) {
          return new Operands(x, constant, false);
        }
        if (first.orElse(null) instanceof Constant constant
            && second.orElse(null) instanceof Feature x) {
          return new Operands(x, constant, true);
        }
      }
      throw new IllegalArgumentException("it must combine one feature map with one constant.");
    }

    double scalar() {
      return constant.scalar();
    }

    /** The constant spread over the channels; refuses one that varies over positions. */
    float[] perChannel() {
      int missing = x.rank() - constant.rank();
      if (missing < 0) {
        throw new IllegalArgumentException(
            "its constant "
                + constant.origin()
                + " "
                + constant
                + " has more dimensions than "
                + Arrays.toString(x.dims())
                + ".");
      }
      for (int i = 0; i < constant.rank(); i++) {
        int extent = constant.extent(i);
        boolean channels =
            x.axes().get(i + missing) == Axis.CHANNEL && extent == x.shape().channels();
        if (extent != 1 && !channels) {
          throw new IllegalArgumentException(
              "its constant "
                  + constant.origin()
                  + " "
                  + constant
                  + " must hold one value, or one per channel of "
                  + Arrays.toString(x.dims())
                  + ".");
        }
      }
      Tensor values = constant.tensor(constant.size());
      float[] result = new float[x.shape().channels()];
      for (int i = 0; i < result.length; i++) {
        result[i] = values.get(values.size() == 1 ? 0 : i);
      }
      return result;
    }
  }
}
