package dev.thresher.evaluate;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LinearHistogramTest {
  private static LinearHistogram of(List<Float> values) {
    LinearHistogram histogram = new LinearHistogram();
    values.forEach(histogram::add);
    return histogram;
  }

  private static List<Float> values(long seed, int count) {
    Random random = new Random(seed);
    List<Float> values = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      values.add((float) (random.nextGaussian() * Math.pow(10, random.nextInt(5) - 3)));
    }
    return values;
  }

  @Test
  void everyValueIsInItsBin() {
    List<Float> values = values(3, 2000);
    List<LinearHistogram.Bin> bins = of(values).bins();
    assertThat(bins).hasSizeBetween(LinearHistogram.MOST_BINS / 2, LinearHistogram.MOST_BINS);
    for (int i = 0; i < bins.size(); i++) {
      LinearHistogram.Bin bin = bins.get(i);
      long inside = values.stream().filter(v -> v >= bin.low() && v < bin.high()).count();
      assertThat(bin.count()).isEqualTo(inside);
      assertThat(i == 0 || bins.get(i - 1).high() == bin.low()).isTrue();
    }
    assertThat(bins.get(0).count()).isPositive();
    assertThat(bins.get(bins.size() - 1).count()).isPositive();
  }

  @Test
  void neitherOrderNorMergingMatters() {
    for (long seed = 0; seed < 20; seed++) {
      List<Float> values = values(seed, 300);
      LinearHistogram whole = of(values);
      LinearHistogram parts = of(values.subList(0, 7));
      parts.merge(of(values.subList(7, 200)));
      parts.merge(of(List.of()));
      parts.merge(of(values.subList(200, 300)));
      List<Float> shuffled = new ArrayList<>(values);
      Collections.shuffle(shuffled, new Random(seed));
      assertThat(parts).as("seed %d", seed).isEqualTo(whole);
      assertThat(of(shuffled)).as("seed %d", seed).isEqualTo(whole);
    }
  }

  @Test
  void zerosAndWhatIsNotFinite() {
    LinearHistogram histogram =
        of(List.of(0f, 0f, Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY));
    assertThat(histogram.bins()).hasSize(1);
    assertThat(histogram.bins().get(0).count()).isEqualTo(2);
    assertThat(histogram.bins().get(0).low()).isZero();
    assertThat(of(List.of()).bins()).isEmpty();
    assertThat(of(List.of(-Float.MAX_VALUE, Float.MAX_VALUE)).bins())
        .hasSizeLessThanOrEqualTo(LinearHistogram.MOST_BINS);
  }
}
