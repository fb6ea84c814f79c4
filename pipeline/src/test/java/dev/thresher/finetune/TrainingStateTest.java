package dev.thresher.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thresher.finetune.ShardOutcome.NonFinite;
import dev.thresher.finetune.ShardOutcome.Trained;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class TrainingStateTest {
  private static final TrainingState STATE =
      new TrainingState(
          "abc",
          new float[] {1f, 0.75f, Float.MIN_VALUE},
          new float[] {-0f, 1e-30f, Float.NaN, 3f, 4f, Float.POSITIVE_INFINITY},
          17,
          10,
          3,
          Optional.of(new TrainingState.Best(2, Math.PI, new float[] {0.5f, 1f, -0f})),
          1);

  @Test
  void codecKeepsEveryBit() {
    byte[] bytes = TrainingStateCodec.encode(STATE);

    assertThat(TrainingStateCodec.decode(bytes)).isEqualTo(STATE);
    assertThat(TrainingStateCodec.encode(TrainingStateCodec.decode(bytes))).isEqualTo(bytes);
  }

  @Test
  void everyDamagedByteAndEveryCutIsNoticed() {
    byte[] bytes = TrainingStateCodec.encode(STATE);
    for (int i = 0; i < bytes.length; i++) {
      byte[] damaged = bytes.clone();
      damaged[i] ^= 0x10;
      assertThatThrownBy(() -> TrainingStateCodec.decode(damaged))
          .isInstanceOf(FineTuneException.class);
      byte[] cut = Arrays.copyOf(bytes, i);
      assertThatThrownBy(() -> TrainingStateCodec.decode(cut))
          .isInstanceOf(FineTuneException.class);
    }
  }

  @Test
  void arraysAreCopiedInAndOut() {
    float[] scales = {1f};
    TrainingState state = TrainingState.initial("abc", scales);
    scales[0] = 9f;
    state.scales()[0] = 9f;

    assertThat(state.scales()).containsExactly(1f);
  }

  @Test
  void outcomesTravelExactly() {
    Trained trained =
        new Trained(3, 40, 1.5, new float[] {0.1f}, new float[] {-0f, 1e-40f}, 7, 0.3);
    NonFinite bad = new NonFinite(1, 10, 0.5, 12, "loss NaN");

    assertThat(ShardOutcome.decode(trained.encode())).usingRecursiveComparison().isEqualTo(trained);
    assertThat(ShardOutcome.decode(bad.encode())).isEqualTo(bad);
  }

  private static Trained shard(int shard, float scale, double loss) {
    return new Trained(shard, 10, 1, new float[] {scale}, new float[] {scale, scale}, 0, loss);
  }

  @Test
  void averagesInDouble() {
    // In float, 1e8 + 1 - 1e8 is 0: the 1 would be lost.
    TrainingState before = TrainingState.initial("abc", new float[] {1f});
    RoundOutcome outcome =
        RoundOutcome.average(
            before, List.of(shard(0, 1e8f, 0.5), shard(1, 1f, 0.25), shard(2, -1e8f, 0.75)), 5);

    assertThat(outcome).isInstanceOf(RoundOutcome.Averaged.class);
    RoundOutcome.Averaged averaged = (RoundOutcome.Averaged) outcome;
    assertThat(averaged.loss()).isEqualTo(0.5);
    assertThat(averaged.images()).isEqualTo(30);
    assertThat(averaged.state().scales()).containsExactly((float) (1.0 / 3));
    assertThat(averaged.state().step()).isEqualTo(5);
    assertThat(averaged.state().round()).isEqualTo(1);
  }

  @Test
  void theBestThatWasJudgedIsTheResult() {
    TrainingState first = TrainingState.initial("abc", new float[] {1f});
    TrainingState second = TrainingState.initial("abc", new float[] {2f});

    assertThat(first.result()).containsExactly(1f);
    assertThat(first.judged(Double.NaN)).isEqualTo(first);
    assertThat(first.judged(0.5).judged(0.75).best().orElseThrow().loss()).isEqualTo(0.5);
    assertThat(carried(first.judged(0.5), second).judged(0.75).result()).containsExactly(1f);
    assertThat(carried(first.judged(0.5), second).judged(0.5).result()).containsExactly(1f);
    assertThat(carried(first.judged(0.5), second).judged(0.25).result()).containsExactly(2f);
  }

  /** The second state with what the first one knows of the best. */
  private static TrainingState carried(TrainingState first, TrainingState second) {
    return new TrainingState(
        second.networkHash(),
        second.scales(),
        second.moments(),
        second.step(),
        second.optimizerOrigin(),
        second.round(),
        first.best(),
        second.rollbacks());
  }

  @Test
  void shardsOutOfOrderAreRefused() {
    TrainingState before = TrainingState.initial("abc", new float[] {1f});

    assertThatThrownBy(
            () -> RoundOutcome.average(before, List.of(shard(1, 1, 1), shard(0, 1, 1)), 1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void oneSpoiledShardSpoilsTheRound() {
    TrainingState before = TrainingState.initial("abc", new float[] {1f});
    NonFinite bad = new NonFinite(1, 10, 0.5, 12, "loss NaN");

    assertThat(RoundOutcome.average(before, List.of(shard(0, 1, 1), bad), 1))
        .isEqualTo(new RoundOutcome.Spoiled(bad, 20));
  }
}
