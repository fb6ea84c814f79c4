package dev.thresher.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class CosineRestartsTest {
  @Test
  void followsTheAuthorsFormula() {
    CosineRestarts schedule = CosineRestarts.PAPER;

    assertThat(schedule.rate(0)).isEqualTo(1e-3 + 1e-7);
    assertThat(schedule.rate(200))
        .isCloseTo(1e-3 * Math.exp(-0.02) * Math.cos(Math.PI / 8) + 1e-7, within(1e-15));
    // just before a restart the angle is a quarter of pi, not a half: the rate stays at 70 %
    assertThat(schedule.rate(399)).isCloseTo(1e-3 * Math.exp(-0.0399) * 0.7078, within(1e-6));
    assertThat(schedule.rate(400)).isCloseTo(1e-3 * Math.exp(-0.04) + 1e-7, within(1e-15));
  }

  @Test
  void isAFunctionOfTheStepHoweverIterationAndEpochShareIt() {
    for (int origin = 0; origin <= 450; origin += 50) {
      assertThat(CosineRestarts.PAPER.valueAt(450 - origin, origin))
          .isEqualTo(CosineRestarts.PAPER.rate(450));
    }
  }

  @Test
  void restartsAtTheStartOfEveryCycle() {
    assertThat(CosineRestarts.PAPER.restartsAt(0)).isTrue();
    assertThat(CosineRestarts.PAPER.restartsAt(399)).isFalse();
    assertThat(CosineRestarts.PAPER.restartsAt(800)).isTrue();
  }

  @Test
  void refusesAnEmptyCycle() {
    assertThatThrownBy(() -> new CosineRestarts(1e-3, 0, 0, 0))
        .isInstanceOf(FineTuneException.class)
        .hasMessageContaining("cycle 0");
  }
}
