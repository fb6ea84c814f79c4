package dev.thresher.finetune;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.finetune.Samples.Pixels;
import dev.thresher.finetune.ShardOrder.Location;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ShardOrderTest {
  private static final ShardData DATA = new Counted(Pixels.of(1, 5, 4, 0, 7, 3, 1, 6));

  /** Sizes alone. */
  private record Counted(Pixels pixels) implements ShardData {
    private static final long serialVersionUID = 1L;

    @Override
    public String id() {
      return pixels.id();
    }

    @Override
    public int parts() {
      return pixels.parts();
    }

    @Override
    public int size(int part) {
      return pixels.size(part);
    }

    @Override
    public TrainingPart load(int part) {
      throw new AssertionError("the order is known without reading a part");
    }
  }

  private static FineTuneSettings settings(int shards, int batch, long seed) {
    return new FineTuneSettings(
        1, batch, shards, 2, CosineRestarts.PAPER, Distillation.ROOT_MEAN_SQUARE, 0, 0, 0, seed);
  }

  @Test
  void everyPassOfAllShardsSeesEveryImageOnce() {
    for (int pass = 0; pass < 3; pass++) {
      Set<Location> seen = new HashSet<>();
      for (int shard = 0; shard < 3; shard++) {
        ShardOrder order = ShardOrder.of(DATA, settings(3, 2, 9), shard);
        for (long i = 0; i < order.images(); i++) {
          Location location = order.at(pass * order.images() + i);
          assertThat(location.part() % 3).isEqualTo(shard);
          assertThat(seen.add(location)).as("%s twice", location).isTrue();
        }
      }
      assertThat(seen).hasSize(26);
    }
  }

  @Test
  void batchesAreCutFromOneSequenceAcrossTheEndsOfPasses() {
    ShardOrder order = ShardOrder.of(DATA, settings(2, 4, 9), 1);
    List<Location> sequence = new ArrayList<>();
    for (long i = 0; i < 4 * order.images(); i++) {
      sequence.add(order.at(i));
    }
    // order.images() = 4 + 7 + 1 = 12 with batch 5: every third batch spans two passes
    for (int step = 8; step >= 0; step--) {
      assertThat(order.batch(step, 5)).isEqualTo(sequence.subList(5 * step, 5 * step + 5));
    }
  }

  @Test
  void aPartIsReadInOneStretchOfAPass() {
    ShardOrder order = ShardOrder.of(DATA, settings(1, 4, 3), 0);
    Set<Integer> finished = new HashSet<>();
    int current = order.at(0).part();
    for (long i = 1; i < order.images(); i++) {
      int part = order.at(i).part();
      if (part != current) {
        assertThat(finished.add(current)).isTrue();
        current = part;
      }
      assertThat(finished).doesNotContain(part);
    }
  }

  @Test
  void orderDependsOnSeedShardAndPass() {
    ShardOrder order = ShardOrder.of(DATA, settings(1, 4, 3), 0);
    ShardOrder other = ShardOrder.of(DATA, settings(1, 4, 4), 0);
    List<Location> first = order.batch(0, 26);

    assertThat(other.batch(0, 26)).isNotEqualTo(first).hasSameElementsAs(first);
    assertThat(order.batch(1, 26)).isNotEqualTo(first).hasSameElementsAs(first);
    assertThat(ShardOrder.of(DATA, settings(1, 4, 3), 0).batch(0, 26)).isEqualTo(first);
  }

  @Test
  void permutationsStayWhatTheyAre() {
    // From the algorithm written down again in Python: a resumed run must find the same images.
    assertThat(Permutation.of(8, 42, 0, 1)).containsExactly(7, 2, 5, 0, 4, 1, 6, 3);
    assertThat(Permutation.of(5, -7, 3, 2, 9)).containsExactly(2, 0, 3, 4, 1);
    assertThat(Permutation.of(8, 1, 2, 3)).isEqualTo(Permutation.of(8, 1, 2, 3));
    assertThat(Permutation.of(8, 1, 2, 3)).isNotEqualTo(Permutation.of(8, 3, 2, 1));
  }

  @Test
  void permutationsAreUniform() {
    int[][] counts = new int[5][5];
    for (int seed = 0; seed < 10_000; seed++) {
      int[] order = Permutation.of(5, seed);
      for (int i = 0; i < 5; i++) {
        counts[i][order[i]]++;
      }
    }
    for (int[] row : counts) {
      for (int count : row) {
        assertThat(count).isBetween(1_800, 2_200); // 2,000 expected, five standard deviations
      }
    }
  }
}
