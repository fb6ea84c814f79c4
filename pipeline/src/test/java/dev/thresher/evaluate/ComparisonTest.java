package dev.thresher.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ComparisonTest {
  private static final OptionalInt NO_LABEL = OptionalInt.empty();

  private static Comparison of(float[] floats, float[] quantized, OptionalInt label) {
    ComparisonAccumulator sum = new ComparisonAccumulator(floats.length);
    sum.add(floats, quantized, 0, label);
    return sum.snapshot();
  }

  @Test
  void handComputedFigures() {
    ComparisonAccumulator sum = new ComparisonAccumulator(2);
    sum.add(new float[] {9, 9, 1, 3}, new float[] {9, 9, 2, 1}, 2, OptionalInt.of(1));
    sum.add(new float[] {5, 0}, new float[] {5, 2}, 0, OptionalInt.of(0));
    Comparison all = sum.snapshot();
    assertThat(all.labelled()).isEqualTo(2);
    assertThat(all.floatTop1()).isEqualTo(2);
    assertThat(all.quantizedTop1()).isEqualTo(1);
    assertThat(all.quantizedTop5()).isEqualTo(2);
    assertThat(all.agreeing()).isEqualTo(1);
    assertThat(all.top1Pairs()).isEqualTo(new PairedCounts(1, 1, 0, 0));
    // (1 + 4 + 0 + 4) over 2 images of 2 classes.
    assertThat(all.logitRmse()).hasValue(1.5);
    assertThat(all.greatestError()).isEqualTo(2);
    // Signal 1 + 9 + 25 + 0, noise 9.
    assertThat(all.logitSqnr().getAsDouble()).isCloseTo(5.8983, within(1e-4));
  }

  @Test
  void ofEqualLogitsTheLowerIndexComesFirst() {
    float[] ties = {1, 2, 2, 0, 2, 2, 2, 2};
    assertThat(Ranking.argMax(ties, 0, 8)).isEqualTo(1);
    assertThat(Ranking.rank(1, ties, 0, 8)).isEqualTo(1);
    assertThat(Ranking.rank(6, ties, 0, 8)).isEqualTo(5);
    assertThat(Ranking.rank(7, ties, 0, 8)).isEqualTo(6);
    assertThat(Ranking.rank(3, ties, 0, 8)).isEqualTo(8);
  }

  @Test
  void oneLogitTellsTwoClassesApartByItsSign() {
    ComparisonAccumulator sum = new ComparisonAccumulator(1);
    sum.add(new float[] {3}, new float[] {0.5f}, 0, OptionalInt.of(1));
    sum.add(new float[] {-2}, new float[] {1}, 0, OptionalInt.of(0));
    sum.add(new float[] {-1}, new float[] {0}, 0, OptionalInt.of(1));
    Comparison all = sum.snapshot();
    assertThat(all.agreeing()).isEqualTo(2);
    assertThat(all.floatTop1()).isEqualTo(2);
    assertThat(all.quantizedTop1()).isEqualTo(1);
    Guess guess = Guess.of(new float[] {9, 2}, 1, 1, OptionalInt.of(0));
    assertThat(guess.first()).isEqualTo(1);
    assertThat(guess.rank()).isEqualTo(2);
    assertThat(guess.margin()).isEqualTo(2);
    assertThat(guess.confidence()).isCloseTo(0.8808f, within(1e-4f));
    assertThatThrownBy(() -> sum.add(new float[1], new float[1], 0, OptionalInt.of(2)))
        .isInstanceOf(EvaluationException.class)
        .hasMessageContaining("classes 0 to 1");
  }

  @Test
  void nanIsNeverRight() {
    float[] logits = {Float.NaN, 1, 2};
    Comparison seen = of(logits, new float[] {0, 1, 2}, OptionalInt.of(0));
    assertThat(seen.floatTop1() + seen.floatTop5()).isZero();
    assertThat(seen.agreeing()).isEqualTo(1);
    assertThat(seen.logitRmse().getAsDouble()).isNaN();
  }

  @Test
  void withoutLabelsThereIsAgreementButNoAccuracy() {
    Comparison seen = of(new float[] {1, 2}, new float[] {1, 2}, NO_LABEL);
    NetworkFigures figures = NetworkFigures.of("quantized", seen);
    assertThat(figures.top1()).isEqualTo(Proportion.unknown());
    assertThat(figures.top5()).isEqualTo(Proportion.unknown());
    assertThat(figures.drop()).isEqualTo(Drop.unknown());
    assertThat(figures.agreement().percent()).hasValue(100);
    NetworkFigures floats = NetworkFigures.ofFloat("float", seen);
    assertThat(floats.top1()).isEqualTo(Proportion.unknown());
    assertThat(floats.drop()).isEqualTo(Drop.unknown());
    NetworkFigures none = NetworkFigures.of("quantized", Comparison.none(2));
    assertThat(none.logitRmse()).isEmpty();
    assertThat(none.logitMaxDifference()).isEmpty();
    assertThat(none.agreement()).isEqualTo(Proportion.unknown());
  }

  @Test
  void theAgreementOfANetworkWithItselfIsComplete() {
    float[] logits = {3, 1, 2};
    Comparison seen = of(logits, logits, OptionalInt.of(2));
    assertThat(seen.agreeing()).isEqualTo(1);
    assertThat(seen.logitRmse()).hasValue(0);
    assertThat(seen.logitSqnr()).hasValue(Double.POSITIVE_INFINITY);
    assertThat(seen.floatTop1()).isEqualTo(seen.quantizedTop1());
  }

  @Test
  void mergingPartsIsSeeingThemAllAndCountsDoNotDependOnTheOrder() {
    Random random = new Random(11);
    ComparisonAccumulator whole = new ComparisonAccumulator(7);
    ComparisonAccumulator[] parts = {
      new ComparisonAccumulator(7), new ComparisonAccumulator(7), new ComparisonAccumulator(7)
    };
    for (int i = 0; i < 90; i++) {
      float[] floats = logits(random);
      float[] quantized = logits(random);
      OptionalInt label = i % 4 == 0 ? NO_LABEL : OptionalInt.of(random.nextInt(7));
      whole.add(floats, quantized, 0, label);
      parts[i / 30].add(floats, quantized, 0, label);
    }
    ComparisonAccumulator forwards = new ComparisonAccumulator(7);
    ComparisonAccumulator backwards = new ComparisonAccumulator(7);
    for (int p = 0; p < 3; p++) {
      forwards.merge(parts[p].snapshot());
      backwards.merge(parts[2 - p].snapshot());
    }
    assertSame(forwards.snapshot(), whole.snapshot());
    assertSame(backwards.snapshot(), whole.snapshot());
  }

  private static float[] logits(Random random) {
    float[] logits = new float[7];
    for (int i = 0; i < 7; i++) {
      logits[i] = Math.round(random.nextGaussian() * 3);
    }
    return logits;
  }

  private static void assertSame(Comparison given, Comparison wanted) {
    assertThat(given.squaredError()).isCloseTo(wanted.squaredError(), within(1e-9));
    assertThat(given.squaredLogits()).isCloseTo(wanted.squaredLogits(), within(1e-9));
    assertThat(given)
        .usingRecursiveComparison()
        .ignoringFields("squaredError", "squaredLogits")
        .isEqualTo(wanted);
  }

  @Test
  void labelsThatAreNoClassAreRefused() {
    assertThatThrownBy(() -> of(new float[2], new float[2], OptionalInt.of(2)))
        .isInstanceOf(EvaluationException.class)
        .hasMessageContaining("label 2")
        .hasMessageContaining("0 to 1");
  }
}
