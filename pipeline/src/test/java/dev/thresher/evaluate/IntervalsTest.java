package dev.thresher.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.math.BigInteger;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class IntervalsTest {
  /** Published limits have four digits of a share, so two of a percent. */
  private static final Offset<Double> PRINTED = within(0.005);

  /** Table I of Newcombe, Stat. Med. 17 (1998), 857-872, method 3, in percent. */
  @ParameterizedTest
  @CsvSource({
    "81, 263, 25.53, 36.62",
    "15, 148, 6.24, 16.05",
    "0, 20, 0, 16.11",
    "1, 29, 0.61, 17.18"
  })
  void wilsonAsPublished(long hits, long of, double low, double high) {
    Proportion share = Proportion.of(hits, of);
    assertThat(share.percent()).hasValue(100.0 * hits / of);
    assertThat(share.low().getAsDouble()).isCloseTo(low, PRINTED);
    assertThat(share.high().getAsDouble()).isCloseTo(high, PRINTED);
  }

  /** The score interval's definition: at its ends |p - p0| is z standard errors under p0. */
  @Test
  void wilsonsEndsAreWhereTheScoreTestTurns() {
    for (long hits = 1; hits < 40; hits++) {
      Proportion share = Proportion.of(hits, 40);
      for (double end : new double[] {share.low().getAsDouble(), share.high().getAsDouble()}) {
        double p0 = end / 100;
        double z = Math.abs(hits / 40.0 - p0) / Math.sqrt(p0 * (1 - p0) / 40);
        assertThat(z).isCloseTo(1.959963984540054, within(1e-9));
      }
    }
  }

  @Test
  void aShareOfNothingIsUnknownAndAllOrNothingStaysWithinBounds() {
    assertThat(Proportion.of(0, 0)).isEqualTo(Proportion.unknown());
    assertThat(Proportion.of(7, 7).high()).hasValue(100);
    assertThat(Proportion.of(0, 7).low()).hasValue(0);
    assertThatThrownBy(() -> Proportion.of(8, 7)).hasMessageContaining("8 of 7");
  }

  /**
   * Worked examples of method 10 of Newcombe, Stat. Med. 17 (1998), 2635-2650: thallium stress
   * tests in Altman et al., Statistics with Confidence (2000), p. 52; airway hyper-responsiveness
   * (Bentur 2009) in Fagerland, Lydersen and Laake, Stat. Med. 33 (2014), 2850-2875.
   */
  @ParameterizedTest
  @CsvSource({"14, 5, 0, 22, 1.1, 22.6, 0.06", "1, 1, 7, 12, -50.7, -2.6, 0.06"})
  void newcombesPairedIntervalAsPublished(
      long both, long lost, long gained, long neither, double low, double high, double digits) {
    Drop drop = new PairedCounts(both, lost, gained, neither).drop();
    assertThat(drop.low().getAsDouble()).isCloseTo(low, within(digits));
    assertThat(drop.high().getAsDouble()).isCloseTo(high, within(digits));
  }

  @Test
  void dropsOfEqualNetworksAndOfNothing() {
    Drop none = new PairedCounts(30, 0, 0, 10).drop();
    assertThat(none.points()).hasValue(0);
    assertThat(none.pValue()).hasValue(1);
    assertThat(none.low().getAsDouble()).isNegative();
    assertThat(none.high().getAsDouble()).isCloseTo(-none.low().getAsDouble(), within(1e-12));
    assertThat(new PairedCounts(0, 0, 0, 0).drop()).isEqualTo(Drop.unknown());
  }

  @Test
  void swappingTheNetworksTurnsTheIntervalAround() {
    Random random = new Random(5);
    for (int i = 0; i < 200; i++) {
      long[] n = random.longs(4, 0, 60).toArray();
      Drop there = new PairedCounts(n[0], n[1], n[2], n[3] + 1).drop();
      Drop back = new PairedCounts(n[0], n[2], n[1], n[3] + 1).drop();
      assertThat(back.low().getAsDouble()).isCloseTo(-there.high().getAsDouble(), within(1e-9));
      assertThat(back.pValue()).isEqualTo(there.pValue());
      assertThat(there.points().getAsDouble())
          .isBetween(there.low().getAsDouble(), there.high().getAsDouble());
    }
  }

  /** Twice the binomial tail in whole numbers: (1 + 8) / 2^7 for 1 against 7. */
  @ParameterizedTest
  @CsvSource({"1, 7, 0.0703125", "0, 5, 0.0625", "5, 5, 1", "10, 2, 0.03857421875"})
  void mcNemarByHand(long lost, long gained, double p) {
    assertThat(new PairedCounts(3, lost, gained, 9).drop().pValue().getAsDouble())
        .isCloseTo(p, within(1e-12));
  }

  @Test
  void mcNemarOfManyImagesAgreesWithExactSums() {
    int n = 2000;
    for (int k : new int[] {900, 980, 1000}) {
      BigInteger sum = BigInteger.ZERO;
      BigInteger choose = BigInteger.ONE;
      for (int i = 0; i <= k; i++) {
        sum = sum.add(choose);
        choose = choose.multiply(BigInteger.valueOf(n - i)).divide(BigInteger.valueOf(i + 1));
      }
      double exact =
          Math.min(
              1,
              new java.math.BigDecimal(sum.shiftLeft(1))
                  .divide(
                      new java.math.BigDecimal(BigInteger.ONE.shiftLeft(n)),
                      java.math.MathContext.DECIMAL64)
                  .doubleValue());
      assertThat(new PairedCounts(0, k, n - k, 0).drop().pValue().getAsDouble())
          .isCloseTo(exact, within(1e-9));
    }
  }
}
