package dev.thresher.network.onnx;

import java.util.Arrays;
import java.util.Optional;
import onnx.Onnx.TensorProto.DataType;

/** The type of a tensor's values; every one of them is held as double and rounded to its type. */
enum Element {
  FLOAT(DataType.FLOAT, false),
  DOUBLE(DataType.DOUBLE, false),
  FLOAT16(DataType.FLOAT16, false),
  BFLOAT16(DataType.BFLOAT16, false),
  INT8(DataType.INT8, true),
  UINT8(DataType.UINT8, true),
  INT16(DataType.INT16, true),
  UINT16(DataType.UINT16, true),
  INT32(DataType.INT32, true),
  UINT32(DataType.UINT32, true),
  INT64(DataType.INT64, true),
  UINT64(DataType.UINT64, true),
  BOOL(DataType.BOOL, true);

  private final DataType type;
  private final boolean integral;

  Element(DataType type, boolean integral) {
    this.type = type;
    this.integral = integral;
  }

  /** The type that ONNX gives a number; empty where it is none of these. */
  static Optional<Element> of(long number) {
    return Arrays.stream(values()).filter(e -> e.type.getNumber() == number).findFirst();
  }

  boolean isIntegral() {
    return integral;
  }

  /**
   * The value of this type for a real number: reals are rounded to the nearest, ties to even;
   * integers lose their fraction and keep their lowest bits.
   */
  double round(double value) {
    return switch (this) {
      case DOUBLE -> value;
      case FLOAT -> (float) value;
      case FLOAT16 -> binary(value, 10, -14, 65504);
      // The largest has seven bits behind the point, all ones.
      case BFLOAT16 -> binary(value, 7, Float.MIN_EXPONENT, 0x1.FEp127);
      case BOOL -> value == 0 ? 0 : 1;
      case INT8 -> (byte) (long) value;
      case UINT8 -> (long) value & 0xff;
      case INT16 -> (short) (long) value;
      case UINT16 -> (long) value & 0xffff;
      case INT32 -> (int) (long) value;
      case UINT32 -> (long) value & 0xffff_ffffL;
      case INT64, UINT64 -> (double) (long) value;
    };
  }

  private static double binary(double value, int bits, int leastExponent, double largest) {
    if (value == 0 || !Double.isFinite(value)) {
      return value;
    }
    double unit = Math.scalb(1.0, Math.max(Math.getExponent(value), leastExponent) - bits);
    double rounded = Math.rint(value / unit) * unit;
    return Math.abs(rounded) > largest ? Math.copySign(Double.POSITIVE_INFINITY, value) : rounded;
  }
}
