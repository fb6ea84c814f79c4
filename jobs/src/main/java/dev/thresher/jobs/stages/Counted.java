package dev.thresher.jobs.stages;

import dev.thresher.jobs.Context;
import dev.thresher.jobs.Progress;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.spark.util.LongAccumulator;

/**
 * A piece of work whose tasks count images in a Spark accumulator, shown as progress while it runs.
 * For display only: Spark counts a retried task twice.
 */
final class Counted implements AutoCloseable {
  private static final int MILLIS_BETWEEN_LOOKS = 200;

  private final LongAccumulator counter;
  private final Progress.Work work;
  private final long total;
  private final ScheduledExecutorService clock;

  Counted(Context context, String name, long total) {
    this.counter = context.spark().sparkContext().longAccumulator(name);
    this.work = context.progress().begin(name, total, "images");
    this.total = total;
    this.clock =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "count " + name);
              thread.setDaemon(true);
              return thread;
            });
    clock.scheduleAtFixedRate(
        this::look, MILLIS_BETWEEN_LOOKS, MILLIS_BETWEEN_LOOKS, TimeUnit.MILLISECONDS);
  }

  /** What tasks add to. */
  LongAccumulator counter() {
    return counter;
  }

  private void look() {
    work.reach(Math.min(counter.value(), total));
  }

  @Override
  public void close() {
    clock.shutdownNow();
    look();
    work.close();
  }
}
