package dev.thresher.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.thresher.network.Activation;
import dev.thresher.quantize.ActivationThreshold;
import dev.thresher.quantize.ActivationThreshold.Sign;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.Quantizer;
import dev.thresher.quantize.Range;
import dev.thresher.quantize.ScaleLimits;
import dev.thresher.quantize.Scheme;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RangeMethodTest {
  private static QuantizationSpec spec(Scheme scheme, int bits) {
    return new QuantizationSpec(Granularity.PER_FILTER, scheme, 8, bits, ScaleLimits.PAPER);
  }

  private static TensorStatistics statistics(Activation activation, float... values) {
    TensorStatistics statistics = new TensorStatistics(1);
    statistics.add(values, activation);
    return statistics;
  }

  private static float[] gaussian(long seed, int count) {
    Random random = new Random(seed);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  @Test
  void minMaxIsExactAndHoldsZero() {
    QuantizationSpec spec = spec(Scheme.ASYMMETRIC, 8);
    assertThat(new RangeMethod.MinMax().range(statistics(Activation.NONE, -1.5f, 0.25f, 3f), spec))
        .isEqualTo(new Range(-1.5, 3));
    assertThat(new RangeMethod.MinMax().range(statistics(Activation.NONE, 2f, 3f), spec))
        .isEqualTo(new Range(0, 3));
    assertThat(new RangeMethod.MinMax().range(statistics(Activation.RELU6, -4f, 9f), spec))
        .isEqualTo(new Range(0, 6));
  }

  @Test
  void percentileLeavesOutTheOutermostShareToABinsWidth() {
    float[] values = new float[1000];
    for (int i = 0; i < values.length; i++) {
      values[i] = i + 1;
    }
    Range range =
        new RangeMethod.Percentile(99)
            .range(statistics(Activation.NONE, values), spec(Scheme.SYMMETRIC, 8));
    assertThat(range.max()).isCloseTo(990, within(990.0 / 64));
    assertThat(range.min()).isZero();
    assertThat(
            new RangeMethod.Percentile(100)
                .range(statistics(Activation.NONE, values), spec(Scheme.SYMMETRIC, 8)))
        .isEqualTo(new Range(0, 1000));
  }

  /** The optimum for a standard normal, 4 bits signed, is a threshold near 2.5 deviations. */
  @ParameterizedTest
  @EnumSource(Scheme.class)
  void leastSquaresBeatsMinMaxOnGaussianValues(Scheme scheme) {
    float[] values = gaussian(7, 200_000);
    TensorStatistics statistics = statistics(Activation.NONE, values);
    QuantizationSpec spec = spec(scheme, 4);
    Range best = new RangeMethod.LeastSquares().range(statistics, spec);
    assertThat(best.max()).isBetween(2.0, 3.0);
    Range widest = new RangeMethod.MinMax().range(statistics, spec);
    double least = error(values, best, spec);
    assertThat(least).isLessThan(error(values, widest, spec));
    for (double other = 1.5; other < 4; other += 0.25) {
      assertThat(least).isLessThanOrEqualTo(1.03 * error(values, new Range(-other, other), spec));
    }
  }

  private static double error(float[] values, Range range, QuantizationSpec spec) {
    ActivationThreshold threshold = ActivationThreshold.of(spec, range, Sign.SIGNED);
    float[] alphas = new float[threshold.scales()];
    threshold.initialScales(alphas, 0);
    Quantizer grid = threshold.quantizer(alphas, 0);
    double sum = 0;
    for (float value : values) {
      double difference = grid.dequantize(grid.quantize(value)) - value;
      sum += difference * difference;
    }
    return sum / values.length;
  }

  @Test
  void mergingIsTheSameInAnyOrderAndAnyDivision() {
    float[] values = gaussian(11, 3000);
    float[] first = java.util.Arrays.copyOfRange(values, 0, 700);
    float[] second = java.util.Arrays.copyOfRange(values, 700, 701);
    float[] third = java.util.Arrays.copyOfRange(values, 701, 3000);
    TensorStatistics whole = statistics(Activation.RELU, first);
    whole.add(second, Activation.RELU);
    whole.add(third, Activation.RELU);
    TensorStatistics a = statistics(Activation.RELU, first);
    TensorStatistics b = statistics(Activation.RELU, second);
    TensorStatistics c = statistics(Activation.RELU, third);
    TensorStatistics left = c.copy();
    left.merge(a);
    left.merge(b);
    TensorStatistics right = b.copy();
    right.merge(c);
    TensorStatistics joined = a.copy();
    joined.merge(right);
    assertThat(left).isEqualTo(whole).isEqualTo(joined);
  }

  /**
   * An image of 2, -1, 9, 0 and one of 4: means 8/4 and 4, squares 40/4 and 16, inside 1/4 and 1.
   */
  @Test
  void momentsAreMeansOverImagesAfterTheActivation() {
    TensorStatistics statistics = statistics(Activation.RELU6, 2f, -1f, 9f, 0f);
    statistics.add(new float[] {4}, Activation.RELU6);
    assertThat(statistics.channelMean(0)).isEqualTo(3);
    assertThat(statistics.channelMeanSquare(0)).isEqualTo(13);
    assertThat(statistics.channelInside(0)).isEqualTo(0.625);
  }

  @Test
  void channelExtremesAreTakenBeforeTheActivation() {
    TensorStatistics statistics = new TensorStatistics(2);
    statistics.add(new float[] {-1, 7, -3, 2}, Activation.RELU6);
    assertThat(statistics.channelMax(0)).isEqualTo(-1);
    assertThat(statistics.channelMax(1)).isEqualTo(7);
    assertThat(statistics.channelMin(0)).isEqualTo(-3);
    assertThat(statistics.max()).isEqualTo(6);
    assertThat(statistics.min()).isZero();
  }

  @Test
  void histogramBinsHoldWhatTheirEdgesSay() {
    Random random = new Random(3);
    for (int i = 0; i < 200; i++) {
      float value = (float) Math.scalb(1 + random.nextDouble(), random.nextInt(40) - 20);
      Histogram histogram = new Histogram();
      histogram.add(new PlainScan(), new float[] {value}, Activation.NONE);
      int found = -1;
      for (int bin = 0; bin < Histogram.BINS; bin++) {
        found = histogram.count(bin, 1) == 1 ? bin : found;
      }
      assertThat(Histogram.edge(found)).as("%s", value).isLessThanOrEqualTo(value);
      assertThat(Histogram.edge(found + 1)).as("%s", value).isGreaterThan(value);
    }
  }

  @Test
  void nanIsRefused() {
    assertThatThrownBy(() -> statistics(Activation.NONE, 1f, Float.NaN))
        .hasMessageContaining("NaN");
    assertThatThrownBy(() -> new RangeMethod.Percentile(40)).hasMessageContaining("(50, 100]");
  }
}
