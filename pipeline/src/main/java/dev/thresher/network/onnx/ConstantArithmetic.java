package dev.thresher.network.onnx;

import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;

/** Arithmetic, comparison and logic on constants, spread over each other as NumPy does. */
final class ConstantArithmetic {
  /** Beyond it a double does not hold every integer. */
  private static final double LARGEST_INTEGER = 0x1p53;

  private ConstantArithmetic() {}

  /** Values of the type of the inputs, from two or, where the operator takes them, more inputs. */
  static Function<Call, Value> binary(DoubleBinaryOperator operator) {
    return call -> {
      Constant result = call.constant(0);
      for (int i = 1; i < call.inputs().size(); i++) {
        result = combined(call, result, call.constant(i), result.element(), operator);
      }
      return result;
    };
  }

  /** Truth from two inputs. */
  static Function<Call, Value> comparison(DoubleBinaryOperator operator) {
    return call -> combined(call, call.constant(0), call.constant(1), Element.BOOL, operator);
  }

  /** Values of the type of the one input. */
  static Function<Call, Value> unary(DoubleUnaryOperator operator) {
    return call -> {
      Constant x = call.constant(0);
      return call.computed(x.element(), x.dims(), i -> operator.applyAsDouble(x.value(i)));
    };
  }

  private static Constant combined(
      Call call, Constant a, Constant b, Element element, DoubleBinaryOperator operator) {
    int[] dims = broadcast(a.dims(), b.dims());
    Walk first = Walk.spread(a, dims);
    Walk second = Walk.spread(b, dims);
    return call.computed(
        element,
        dims,
        i -> {
          double x = a.value(first.next());
          double y = b.value(second.next());
          double result = operator.applyAsDouble(x, y);
          return element.isIntegral() ? exact(result, x, y) : result;
        });
  }

  /** Exporters write the largest integer where they mean no end; only those may pass untouched. */
  private static double exact(double result, double x, double y) {
    if (Math.abs(result) > LARGEST_INTEGER && result != x && result != y) {
      throw new IllegalArgumentException("its integers pass 2^53.");
    }
    return result;
  }

  static int[] broadcast(int[] a, int[] b) {
    int[] dims = new int[Math.max(a.length, b.length)];
    for (int d = 1; d <= dims.length; d++) {
      int left = d > a.length ? 1 : a[a.length - d];
      int right = d > b.length ? 1 : b[b.length - d];
      if (left != right && left != 1 && right != 1) {
        throw new IllegalArgumentException(
            "its inputs have "
                + left
                + " and "
                + right
                + " values in one dimension; one of both must be 1, or they must agree.");
      }
      dims[dims.length - d] = left == 1 ? right : left;
    }
    return dims;
  }

  static Value divide(Call call) {
    boolean integral = call.constant(0).isIntegral();
    return binary(integral ? ConstantArithmetic::quotient : (a, b) -> a / b).apply(call);
  }

  private static double quotient(double a, double b) {
    double quotient = a / nonZero(b);
    return quotient < 0 ? Math.ceil(quotient) : Math.floor(quotient);
  }

  /** The remainder has the divisor's sign, or with fmod the dividend's. */
  static Value modulo(Call call) {
    boolean ofDividend = call.integer("fmod", 0) != 0;
    boolean integral = call.constant(0).isIntegral();
    return binary(
            (a, b) -> {
              double remainder = a % (integral ? nonZero(b) : b);
              boolean other = remainder != 0 && remainder < 0 != b < 0;
              return other && !ofDividend ? remainder + b : remainder;
            })
        .apply(call);
  }

  private static double nonZero(double divisor) {
    if (divisor == 0) {
      throw new IllegalArgumentException("it divides an integer by zero.");
    }
    return divisor;
  }

  static Value where(Call call) {
    Constant condition = call.constant(0);
    Constant yes = call.constant(1);
    Constant no = call.constant(2);
    int[] dims = broadcast(condition.dims(), broadcast(yes.dims(), no.dims()));
    Walk which = Walk.spread(condition, dims);
    Walk first = Walk.spread(yes, dims);
    Walk second = Walk.spread(no, dims);
    return call.computed(
        yes.element(),
        dims,
        i -> {
          double a = yes.value(first.next());
          double b = no.value(second.next());
          return condition.value(which.next()) != 0 ? a : b;
        });
  }

  static Value clip(Call call) {
    double least = ElementwiseOperators.bound(call, "min", 1, Double.NEGATIVE_INFINITY);
    double most = ElementwiseOperators.bound(call, "max", 2, Double.POSITIVE_INFINITY);
    return unary(v -> Math.min(Math.max(v, least), most)).apply(call);
  }
}
