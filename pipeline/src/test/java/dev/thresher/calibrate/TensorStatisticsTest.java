package dev.thresher.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.thresher.network.Activation;
import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TensorStatisticsTest {
  /** Sums are kept in steps of 2^-40. */
  private static final Offset<Double> EXACT = within(1e-11);

  private static final List<Activation> ACTIVATIONS =
      List.of(Activation.NONE, Activation.RELU, Activation.RELU6, new Activation(-0.5f, 0.75f));

  static List<ImageScan> scans() {
    return List.of(new PlainScan(), new VectorScan());
  }

  /** Channels fill the lanes, or do not, or there are fewer of them than lanes. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 8, 16, 24, 32, 37, 144})
  void vectorsGiveTheBitsOfValueByValue(int channels) {
    Random random = new Random(channels);
    for (Activation activation : ACTIVATIONS) {
      TensorStatistics plain = new TensorStatistics(channels);
      TensorStatistics vectors = new TensorStatistics(channels);
      for (int positions : new int[] {1, 2, 49, 333}) {
        float[] values = values(random, positions * channels);
        plain.add(new PlainScan(), values, activation);
        vectors.add(new VectorScan(), values, activation);
      }
      assertThat(vectors).as("%s", activation).isEqualTo(plain);
    }
  }

  /** Zeros of both signs, the bounds of activations, magnitudes beyond every histogram. */
  private static float[] values(Random random, int count) {
    float[] special = {0f, -0f, 6f, 0.75f, -0.5f, Float.MIN_VALUE, -1e-30f, 1e30f, -1e30f};
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] =
          random.nextInt(4) == 0
              ? special[random.nextInt(special.length)]
              : (float) (random.nextGaussian() * Math.exp(3 * random.nextGaussian()));
    }
    return values;
  }

  /** Two channels, three positions, ReLU6; sums by hand. */
  @ParameterizedTest
  @MethodSource("scans")
  void gathersEachChannel(ImageScan scan) {
    TensorStatistics statistics = new TensorStatistics(2);
    statistics.add(scan, new float[] {-1, 3, 2, 12, 4, 6}, Activation.RELU6);
    assertThat(statistics.channelMin(0)).isEqualTo(-1);
    assertThat(statistics.channelMax(1)).isEqualTo(12);
    assertThat(statistics.min()).isZero();
    assertThat(statistics.max()).isEqualTo(6);
    assertThat(statistics.channelMean(0)).isCloseTo(2, EXACT);
    assertThat(statistics.channelMeanSquare(1)).isCloseTo(27, EXACT);
    assertThat(statistics.channelInside(0) * 3).isCloseTo(2, EXACT);
    assertThat(statistics.channelInside(1) * 3).isCloseTo(1, EXACT);
    assertThat(statistics.histogram().total()).isEqualTo(6);
    assertThat(statistics.histogram().count(Histogram.bin(6), 1)).isEqualTo(2);
    ClampHistogram clamped = statistics.clamped().orElseThrow();
    assertThat(clamped.share(1, ClampHistogram.bin(2) - 1)).isEqualTo(1 / 3.0);
    assertThat(clamped.share(1, ClampHistogram.bin(1) - 1)).isEqualTo(1 / 3.0);
  }

  @ParameterizedTest
  @MethodSource("scans")
  void refusesNan(ImageScan scan) {
    TensorStatistics statistics = new TensorStatistics(2);
    float[] values = {1, 2, 3, Float.NaN, 5, 6};
    assertThatThrownBy(() -> statistics.add(scan, values, Activation.RELU))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("channel 1 holds NaN");
  }
}
