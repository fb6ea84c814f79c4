package dev.thresher.finetune;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.junit.jupiter.api.Test;

class MinibatchReaderTest {
  private static final int BATCH = 2;

  /** Parts of one minibatch that note when they are read. */
  private record Parts(String id, Set<Integer> read) implements ShardData {
    private static final long serialVersionUID = 1L;

    @Override
    public int parts() {
      return 5;
    }

    @Override
    public int size(int part) {
      return BATCH;
    }

    @Override
    public TrainingPart load(int part) {
      read.add(part);
      TrainingPart.Image image = new TrainingPart.Image(new byte[3], new float[4]);
      return new TrainingPart(List.of(image, image));
    }
  }

  /** While a step computes, nobody asks for images. */
  @Test
  void thePartOfTheStepAfterTheNextIsReadDuringAStep() throws InterruptedException {
    Parts data = new Parts("MinibatchReaderTest", ConcurrentHashMap.newKeySet());
    FineTuneSettings settings =
        new FineTuneSettings(
            1, BATCH, 1, 5, CosineRestarts.PAPER, Distillation.ROOT_MEAN_SQUARE, 0, 0, 0, 1);
    ShardOrder order = ShardOrder.of(data, settings, 0);
    MinibatchReader reader = new MinibatchReader(data, Samples.NORMALIZER, settings, 0, 0, 5, 3, 4);

    reader.next();

    int later = order.at(2L * BATCH - 1).part();
    for (int i = 0; i < 1000 && !data.read().contains(later); i++) {
      Thread.sleep(10);
    }
    assertThat(data.read()).contains(order.at(0).part(), later);
    assertThat(later).isNotEqualTo(order.at(0).part());
  }
}
