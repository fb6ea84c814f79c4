package dev.thresher.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class NumberedTest {
  @Test
  void findsTheNewestWhereNoneOrOneIsMissing() {
    for (int newest = 0; newest < 70; newest++) {
      int last = newest;
      assertThat(Numbered.newest(n -> n <= last)).isEqualTo(newest);
      for (int missing = 1; missing < newest; missing++) {
        int gone = missing;
        assertThat(Numbered.newest(n -> n <= last && n != gone))
            .as("%d of %d is missing", gone, last)
            .isEqualTo(newest);
      }
    }
  }

  @Test
  void asksLittle() {
    AtomicInteger questions = new AtomicInteger();
    Numbered.newest(
        n -> {
          questions.incrementAndGet();
          return n <= 10_000;
        });
    assertThat(questions.get()).isLessThan(60);
  }
}
