package dev.thresher.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.thresher.quantize.ActivationThreshold.Sign;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ActivationThresholdTest {
  private static QuantizationSpec spec(Scheme scheme, int bits) {
    return new QuantizationSpec(Granularity.PER_FILTER, scheme, 8, bits, ScaleLimits.PAPER);
  }

  @Test
  void symmetricSignedIsAsTheMethodWritesIt() {
    ActivationThreshold threshold =
        ActivationThreshold.of(spec(Scheme.SYMMETRIC, 8), new Range(-2, 12.7), Sign.SIGNED);
    Quantizer grid = threshold.quantizer(new float[] {1f}, 0);
    assertThat(grid).isEqualTo(new Quantizer(0.1f, 128, 1, 255));
    assertThat(grid.quantize(-100)).isEqualTo(1);
    assertThat(grid.quantize(0)).isEqualTo(128);
    assertThat(threshold.quantizer(new float[] {0.25f}, 0).scale())
        .as("alpha is limited to 0.5")
        .isEqualTo(0.05f);
  }

  @Test
  void symmetricUnsignedUsesAllLevels() {
    ActivationThreshold threshold =
        ActivationThreshold.of(spec(Scheme.SYMMETRIC, 4), new Range(0, 6), Sign.NON_NEGATIVE);
    assertThat(threshold.quantizer(new float[] {1f}, 0)).isEqualTo(new Quantizer(0.4f, 0, 0, 15));
  }

  @Test
  void asymmetricShiftsAndNarrows() {
    ActivationThreshold threshold =
        ActivationThreshold.of(spec(Scheme.ASYMMETRIC, 8), new Range(-1, 4), Sign.SIGNED);
    Quantizer start = threshold.quantizer(new float[] {0f, 1f}, 0);
    assertThat(start.scale()).isEqualTo((float) (5.0 / 255));
    assertThat(start.zeroPoint()).isEqualTo(51);
    Quantizer shifted = threshold.quantizer(new float[] {0.1f, 0.8f}, 0);
    assertThat(shifted.scale()).as("R' = 4").isCloseTo((float) (4.0 / 255), within(1e-8f));
    assertThat(shifted.zeroPoint()).as("T_l' = -0.5").isEqualTo(32);
    Quantizer beyond = threshold.quantizer(new float[] {0.4f, 0.8f}, 0);
    assertThat(beyond.zeroPoint()).as("the range is kept at zero").isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "SYMMETRIC, SIGNED",
    "SYMMETRIC, NON_NEGATIVE",
    "ASYMMETRIC, SIGNED",
    "ASYMMETRIC, NON_NEGATIVE"
  })
  void zeroIsExactAndErrorsStayWithinHalfAStep(Scheme scheme, Sign sign) {
    Random random = new Random(5);
    for (int trial = 0; trial < 500; trial++) {
      int bits = 2 + random.nextInt(7);
      double min = sign == Sign.NON_NEGATIVE ? 0 : -10 * random.nextDouble();
      Range range = new Range(min, 10 * random.nextDouble());
      ActivationThreshold threshold = ActivationThreshold.of(spec(scheme, bits), range, sign);
      float[] alphas = new float[threshold.scales()];
      threshold.initialScales(alphas, 0);
      for (int i = 0; i < alphas.length; i++) {
        alphas[i] += (float) (random.nextGaussian() * 0.3);
      }
      Quantizer grid = threshold.quantizer(alphas, 0);
      assertThat(grid.dequantize(grid.quantize(0f))).isZero();
      double low = grid.dequantize(grid.qmin());
      double high = grid.dequantize(grid.qmax());
      float x = (float) (low + (high - low) * random.nextDouble());
      assertThat((double) grid.dequantize(grid.quantize(x)))
          .as("trial %d: %s of %s", trial, x, grid)
          .isCloseTo(x, within(0.5 * grid.scale() * (1 + 1e-4) + 1e-6));
    }
  }

  @Test
  void aTensorOfZerosHasAGrid() {
    for (Scheme scheme : Scheme.values()) {
      for (Sign sign : Sign.values()) {
        ActivationThreshold threshold =
            ActivationThreshold.of(spec(scheme, 8), new Range(0, 0), sign);
        float[] alphas = new float[threshold.scales()];
        threshold.initialScales(alphas, 0);
        assertThat(threshold.quantizer(alphas, 0).quantize(0f))
            .isEqualTo(threshold.quantizer(alphas, 0).zeroPoint());
      }
    }
  }

  /**
   * T = 12.7, Q = 127, alpha = 1, so a step is 0.1. Elements: 1.23 (inside; x_hat - x = -0.03), 20
   * (saturates high), -20 (saturates low), with gradients 2, 3 and 5: dL/dT = 2 * (-0.03 / 12.7) +
   * 3 * 1 + 5 * (-1).
   */
  @Test
  void symmetricGradientByHand() {
    ActivationThreshold threshold =
        ActivationThreshold.of(spec(Scheme.SYMMETRIC, 8), new Range(-12.7, 12.7), Sign.SIGNED);
    StraightThroughSums sums = new StraightThroughSums(2 * -0.3, 3, 5);
    float[] gradient = new float[1];
    threshold.gradient(sums, new float[] {1f}, gradient, 0);
    assertThat(gradient[0]).isCloseTo((float) (12.7 * (2 * -0.03 / 12.7 + 3 - 5)), within(1e-5f));
    threshold.gradient(sums, new float[] {1.01f}, gradient, 0);
    assertThat(gradient[0]).as("outside its limits").isZero();
  }

  /**
   * T_l = -1, R = 5. Inside: d/dR' = (x_hat - x) / R'; above: d/dT_l' = d/dR' = 1; below: d/dT_l' =
   * 1. One element each with gradients 2 (x_hat - x = 0.25 steps), 3, 5.
   */
  @Test
  void asymmetricGradientByHand() {
    ActivationThreshold threshold =
        ActivationThreshold.of(spec(Scheme.ASYMMETRIC, 8), new Range(-1, 4), Sign.SIGNED);
    StraightThroughSums sums = new StraightThroughSums(2 * 0.25, 3, 5);
    float[] gradient = new float[2];
    threshold.gradient(sums, new float[] {0f, 1f}, gradient, 0);
    assertThat(gradient[0]).isCloseTo(5f * (3 + 5), within(1e-5f));
    assertThat(gradient[1]).isCloseTo((float) (5 * (2 * 0.25 / 255 + 3)), within(1e-5f));
    threshold.gradient(sums, new float[] {0.3f, 1f}, gradient, 0);
    assertThat(gradient[0]).as("the left end is held at zero").isZero();
  }

  @Test
  void clampingIsIdempotentAndWithinTheLimits() {
    for (Scheme scheme : Scheme.values()) {
      ActivationThreshold threshold =
          ActivationThreshold.of(spec(scheme, 8), new Range(-1, 4), Sign.SIGNED);
      float[] alphas = {7f, -3f};
      threshold.clamp(alphas, 0);
      float[] once = alphas.clone();
      threshold.clamp(alphas, 0);
      assertThat(alphas).isEqualTo(once);
      assertThat(alphas[0]).isEqualTo(scheme == Scheme.SYMMETRIC ? 1f : 0.4f);
    }
  }

  @Test
  void badParametersAreRefused() {
    assertThatThrownBy(() -> spec(Scheme.SYMMETRIC, 9)).hasMessageContaining("9 bits");
    assertThatThrownBy(() -> new ScaleLimits(1, 0.5, -0.2, 0.4)).hasMessageContaining("low < high");
    assertThatThrownBy(() -> new Range(Double.NaN, 1)).hasMessageContaining("NaN");
    assertThatThrownBy(() -> new Quantizer(0, 0, 0, 255)).hasMessageContaining("positive");
    assertThatThrownBy(() -> new Quantizer(1, 300, 0, 255)).hasMessageContaining("zero point");
    assertThatThrownBy(() -> new WeightThreshold(spec(Scheme.SYMMETRIC, 8), Double.NaN))
        .hasMessageContaining("NaN");
  }
}
