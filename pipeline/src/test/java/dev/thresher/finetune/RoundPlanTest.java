package dev.thresher.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thresher.finetune.Samples.Data;
import dev.thresher.finetune.Samples.Pixels;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class RoundPlanTest {
  private static RoundPlan plan(double epochs, int batch, int shards, int perRound) {
    return RoundPlan.of(
        new Data("sizes", Pixels.of(1, 64, 64, 64, 64, 44), new float[5][][]),
        new FineTuneSettings(
            epochs,
            batch,
            shards,
            perRound,
            CosineRestarts.PAPER,
            Distillation.ROOT_MEAN_SQUARE,
            100,
            0,
            0,
            1));
  }

  @Test
  void stepsShareTheImagesAmongShards() {
    RoundPlan plan = plan(4, 10, 2, 25); // 4 * 300 / (2 * 10) = 60

    assertThat(plan.steps()).isEqualTo(60);
    assertThat(plan.rounds()).isEqualTo(3);
    assertThat(plan.stepsIn(0)).isEqualTo(25);
    assertThat(plan.stepsIn(2)).isEqualTo(10);
    assertThat(plan.firstStep(2)).isEqualTo(50);
    assertThat(plan.imagesAfter(3)).isEqualTo(1200);
  }

  @Test
  void takesAtLeastOneStep() {
    RoundPlan plan = plan(0.01, 100, 4, 25);

    assertThat(plan.steps()).isEqualTo(1);
    assertThat(plan.rounds()).isEqualTo(1);
    assertThat(plan.stepsIn(0)).isEqualTo(1);
  }

  @Test
  void saysWhereOneStepReadsMoreThanTheEpochsHold() {
    assertThat(plan(2, 1024, 1, 25).excess().orElseThrow())
        .contains("reads 1024 images, more than the 600 of 2.0 epochs of 300")
        .contains("finetune.batch");
    assertThat(plan(4, 10, 2, 25).excess()).isEmpty();
    assertThat(plan(2, 300, 2, 25).excess()).isEmpty();
  }

  @Test
  void moreShardsThanPartsAreRefusedWithBothNumbers() {
    assertThatThrownBy(() -> plan(1, 10, 6, 5))
        .isInstanceOf(FineTuneException.class)
        .hasMessage(
            "Cannot split 5 parts of the sample into 6 shards: every shard needs a part. Set"
                + " finetune.shards to 5 or fewer, or make more parts with a smaller"
                + " sample.part-images.");
  }

  @Test
  void aShardWithoutImagesIsRefused() {
    assertThatThrownBy(
            () ->
                RoundPlan.of(
                    new Data("sizes", Pixels.of(1, 3, 0), new float[2][][]),
                    new FineTuneSettings(
                        1, 2, 2, 1, CosineRestarts.PAPER, Distillation.SMOOTH_L1, 0, 0, 0, 1)))
        .isInstanceOf(FineTuneException.class)
        .hasMessageContaining("shard 1 of 2");
  }

  @Test
  void theFirstStateAndThoseOfTheSecondHalfAreJudged() {
    RoundPlan plan = plan(1, 10, 2, 3); // 15 steps, 5 rounds

    assertThat(IntStream.rangeClosed(0, 5).filter(plan::isJudged)).containsExactly(0, 3, 4, 5);
    assertThat(plan.judgedBatches()).isEqualTo(5); // 100 of 300 images, 2 * 10 at a time
    assertThat(plan(1, 64, 5, 1).judgedBatches()).isEqualTo(1);
  }
}
