package dev.thresher.device;

/**
 * A real multiplier without floating point: {@code mantissa * 2^(shift - 31)}, the mantissa in
 * [2^30, 2^31) or zero.
 *
 * <p>Products are rounded twice, as the reference kernels of TFLite and LiteRT do unless they are
 * built with {@code TFLITE_SINGLE_ROUNDING}: the doubled high half of the 64-bit product to
 * nearest, half up; its right shift to nearest, half away from zero.
 *
 * @param mantissa Q31
 * @param shift of the product, to the left where positive
 */
record FixedPoint(int mantissa, int shift) {
  private static final int BITS = 31;
  private static final long HALF = 1L << (BITS - 1);

  /**
   * The nearest fixed-point number (TFLite's {@code QuantizeMultiplier}); below 2^-32 it is zero.
   *
   * @param real not negative
   * @throws IllegalArgumentException for what is negative, NaN or at least 2^31
   */
  static FixedPoint of(double real) {
    if (!(real >= 0 && real < 0x1p31)) {
      throw new IllegalArgumentException(
          "Cannot multiply by " + real + " in fixed point: 0 to 2^31 is possible.");
    }
    if (real < Double.MIN_NORMAL) {
      return new FixedPoint(0, 0);
    }
    int shift = Math.getExponent(real) + 1;
    long mantissa = (long) Math.floor(Math.scalb(real, BITS - shift) + 0.5);
    if (mantissa == 1L << BITS) {
      mantissa /= 2;
      shift++;
    }
    return shift < -BITS ? new FixedPoint(0, 0) : new FixedPoint((int) mantissa, shift);
  }

  /** TFLite's {@code MultiplyByQuantizedMultiplier}; overflow to the left wraps, as there. */
  int times(int x) {
    return times(x, mantissa, Math.max(shift, 0), Math.max(-shift, 0));
  }

  static int times(int x, int mantissa, int left, int right) {
    long product = (long) (x << left) * mantissa;
    int high = (int) ((product + HALF) >> BITS);
    int mask = (1 << right) - 1;
    int threshold = (mask >> 1) - (high >> BITS);
    return (high >> right) + ((threshold - (high & mask)) >>> BITS);
  }
}
