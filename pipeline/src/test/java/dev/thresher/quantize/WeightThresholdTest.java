package dev.thresher.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class WeightThresholdTest {
  private static final QuantizationSpec SPEC =
      new QuantizationSpec(Granularity.PER_FILTER, Scheme.SYMMETRIC, 4, 8, ScaleLimits.PAPER);

  /** 4 bits: Q = 7; T = 7, alpha = 0.5: a step is 0.5 and |w| above 3.5 + half a step saturates. */
  @Test
  void quantizesByHand() {
    WeightThreshold threshold = new WeightThreshold(SPEC, 7);
    float scale = (float) threshold.scale(0.5f);
    assertThat(scale).isEqualTo(0.5f);
    assertThat(WeightThreshold.quantize(1.3f, scale, 7)).isEqualTo(3);
    assertThat(WeightThreshold.quantize(1.25f, scale, 7)).as("2.5, half to even").isEqualTo(2);
    assertThat(WeightThreshold.quantize(-6f, scale, 7)).isEqualTo(-7);
  }

  /** On ties, beside them, and far outside: what the quotient in double rounds to. */
  @Test
  void quantizesAsTheExactQuotientRounds() {
    long seed = 41;
    Random random = new Random(seed);
    for (int i = 0; i < 200_000; i++) {
      float scale = Math.scalb(1f + random.nextFloat(), random.nextInt(40) - 30);
      float tie = (random.nextInt(300) - 150 + 0.5f) * scale;
      float far = Math.scalb(tie, random.nextInt(60));
      for (float weight : new float[] {tie, Math.nextUp(tie), Math.nextDown(tie), far}) {
        double rounded = Math.rint((double) weight / scale);
        int wanted = (int) Math.min(Math.max(rounded, -127), 127);
        assertThat(WeightThreshold.quantize(weight, scale, 127))
            .as("%s / %s, seed %s", weight, scale, seed)
            .isEqualTo(wanted);
      }
    }
  }

  /** w = 1.3: w_hat = 1.5, T_adj = 3.5: derivative 0.2 / 3.5; saturated: the sign. */
  @Test
  void derivativeByHand() {
    assertThat(WeightThreshold.derivative(1.3f, 0.5f, 7)).isCloseTo(0.2 / 3.5, within(1e-7));
    assertThat(WeightThreshold.derivative(-6f, 0.5f, 7)).isEqualTo(-1);
    assertThat(WeightThreshold.derivative(6f, 0.5f, 7)).isEqualTo(1);
    WeightThreshold threshold = new WeightThreshold(SPEC, 7);
    assertThat(threshold.gradient(2, 0.5f)).isEqualTo(14f);
    assertThat(threshold.gradient(2, 0.4f)).isZero();
  }

  @Test
  void aFilterOfZerosStaysZero() {
    float scale = (float) new WeightThreshold(SPEC, 0).scale(1f);
    assertThat(scale).isPositive();
    assertThat(WeightThreshold.quantize(0f, scale, 7)).isZero();
  }
}
