package dev.thresher.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FixedPointTest {
  private static final BigInteger DOUBLED = BigInteger.ONE.shiftLeft(31);

  @ParameterizedTest
  @ValueSource(doubles = {0x1p-31, 1e-7, 0.00123, 0.3, 0.5, 0.9999999999, 1, 1.5, 3.99, 100, 255.9})
  void aMultiplierIsKeptTo31Bits(double real) {
    FixedPoint fixed = FixedPoint.of(real);
    assertThat(fixed.mantissa()).isGreaterThanOrEqualTo(1 << 30);
    double kept = Math.scalb((double) fixed.mantissa(), fixed.shift() - 31);
    assertThat(Math.abs(kept - real)).isLessThanOrEqualTo(real * 0x1p-31);
  }

  @Test
  void whatIsBelowTheSmallestIsZero() {
    assertThat(FixedPoint.of(0x1p-33)).isEqualTo(new FixedPoint(0, 0));
    assertThat(FixedPoint.of(0)).isEqualTo(new FixedPoint(0, 0));
    assertThat(FixedPoint.of(Math.nextDown(0.5))).isEqualTo(new FixedPoint(1 << 30, 0));
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1, Double.NaN, 0x1p31})
  void noOtherMultiplierExists(double real) {
    assertThatThrownBy(() -> FixedPoint.of(real))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("in fixed point");
  }

  /** Half up, then half away from zero: in numbers without an end. */
  @Test
  void productsAreRoundedTwice() {
    Random random = new Random(5);
    for (int i = 0; i < 200_000; i++) {
      int x = random.nextInt() >> (2 + random.nextInt(29));
      int mantissa = (1 << 30) + random.nextInt(1 << 30);
      // A power of two: products that lie between two integers.
      mantissa = i % 3 == 0 ? 1 << 30 : mantissa;
      int shift = random.nextInt(33) - 31;
      assertThat(new FixedPoint(mantissa, shift).times(x))
          .as("%d * %d * 2^(%d - 31)", x, mantissa, shift)
          .isEqualTo(exact(x, mantissa, shift));
    }
  }

  private static int exact(int x, int mantissa, int shift) {
    BigInteger product =
        BigInteger.valueOf(x).shiftLeft(Math.max(shift, 0)).multiply(BigInteger.valueOf(mantissa));
    BigInteger high =
        new BigDecimal(product.shiftLeft(1).add(DOUBLED))
            .divide(new BigDecimal(DOUBLED.shiftLeft(1)), 0, RoundingMode.FLOOR)
            .toBigInteger();
    BigDecimal power = new BigDecimal(BigInteger.ONE.shiftLeft(Math.max(-shift, 0)));
    return new BigDecimal(high).divide(power, 0, RoundingMode.HALF_UP).intValueExact();
  }
}
