package dev.thresher.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Writers that commit different records under one key in the same moment. */
final class RacingCommits {
  private RacingCommits() {}

  /** Exactly one of the writers commits, and its record is the one that stays. */
  static void assertOneWins(RunStore store, int writers, int rounds) throws Exception {
    ExecutorService pool = Executors.newFixedThreadPool(writers);
    try {
      for (int round = 0; round < rounds; round++) {
        String key = "commits/" + round + ".json";
        CyclicBarrier start = new CyclicBarrier(writers);
        List<Future<Boolean>> results = new ArrayList<>();
        for (int w = 0; w < writers; w++) {
          String json = "{\"writer\": " + w + "}";
          Callable<Boolean> commit =
              () -> {
                start.await();
                try {
                  store.commitAlone(key, json);
                  return true;
                } catch (AlreadyCommittedException e) {
                  return false;
                }
              };
          results.add(pool.submit(commit));
        }
        List<Integer> winners = new ArrayList<>();
        for (int w = 0; w < writers; w++) {
          if (results.get(w).get()) {
            winners.add(w);
          }
        }
        assertThat(winners).hasSize(1);
        assertThat(new String(store.readIfPresent(key).orElseThrow(), UTF_8))
            .isEqualTo("{\"writer\": " + winners.get(0) + "}");
      }
    } finally {
      pool.shutdownNow();
    }
  }
}
