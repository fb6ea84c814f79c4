package dev.thresher.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class PartCacheTest {
  /** Parts of 100 bytes that note when they are read. */
  private static final class Noted implements ShardData {
    private static final long serialVersionUID = 1L;
    private final transient List<Integer> reads = Collections.synchronizedList(new ArrayList<>());

    @Override
    public String id() {
      return "noted";
    }

    @Override
    public int parts() {
      return 4;
    }

    @Override
    public int size(int part) {
      return 1;
    }

    @Override
    public TrainingPart load(int part) {
      reads.add(part);
      if (part == 3) {
        throw new FineTuneException("Cannot read part 3.");
      }
      return new TrainingPart(List.of(new TrainingPart.Image(new byte[96], new float[1])));
    }
  }

  @Test
  void keepsThePartsUsedLastWithinTheLimit() {
    Noted data = new Noted();
    PartCache cache = new PartCache(250);
    cache.part(data, 0);
    cache.part(data, 1);
    cache.part(data, 0);
    cache.part(data, 2); // 1 goes: it was used longest ago
    cache.part(data, 0);
    cache.part(data, 1);

    assertThat(data.reads).containsExactly(0, 1, 2, 1);
    assertThat(cache.bytes()).isLessThanOrEqualTo(250);
  }

  @Test
  void aPartThatSeveralThreadsWantIsReadOnce() throws Exception {
    Noted data = new Noted();
    PartCache cache = new PartCache(1000);
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      Callable<TrainingPart> ask = () -> cache.part(data, 0);
      for (var answer : threads.invokeAll(Collections.nCopies(16, ask))) {
        assertThat(answer.get()).isSameAs(cache.part(data, 0));
      }
    } finally {
      threads.shutdown();
    }
    assertThat(data.reads).containsExactly(0);
  }

  @Test
  void aFailedReadIsReportedAndTriedAgain() {
    Noted data = new Noted();
    PartCache cache = new PartCache(1000);
    for (int i = 0; i < 2; i++) {
      assertThatThrownBy(() -> cache.part(data, 3))
          .isInstanceOf(FineTuneException.class)
          .hasMessage("Cannot read part 3.");
    }
    assertThat(data.reads).containsExactly(3, 3);
  }

  @Test
  void aPartIsReadAheadOnceAndWaitsInMemory() throws InterruptedException {
    Noted data = new Noted();
    PartCache cache = new PartCache(1000);
    cache.readAhead(data, 1);
    cache.readAhead(data, 1);
    waitUntilRead(data, 1);
    cache.part(data, 1);
    cache.readAhead(data, 1);

    cache.readAhead(data, 2);
    waitUntilRead(data, 2);
    assertThat(data.reads).containsExactly(1, 2);
  }

  @Test
  void aReadAheadThatFailsIsReportedToWhoeverNeedsThePart() throws InterruptedException {
    Noted data = new Noted();
    PartCache cache = new PartCache(1000);
    cache.readAhead(data, 3);
    waitUntilRead(data, 3);

    assertThatThrownBy(() -> cache.part(data, 3)).hasMessage("Cannot read part 3.");
  }

  private static void waitUntilRead(Noted data, int part) throws InterruptedException {
    for (int i = 0; i < 1000 && !data.reads.contains(part); i++) {
      Thread.sleep(10);
    }
    assertThat(data.reads).contains(part);
  }
}
