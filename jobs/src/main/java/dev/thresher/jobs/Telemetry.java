package dev.thresher.jobs;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thresher.jobs.RunState.Snapshot;
import dev.thresher.jobs.config.Settings;
import dev.thresher.store.FencedException;
import dev.thresher.store.RunStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes where a run stands, every few seconds and at each stage, on a thread of its own: {@code
 * progress.json} into the run's folder, and the metrics into a file of this machine. What cannot be
 * written is warned of once and never disturbs the run.
 */
final class Telemetry implements AutoCloseable {
  static final String KEY = "progress.json";

  private static final Logger LOG = LoggerFactory.getLogger(Telemetry.class);
  private static final long PATIENCE_SECONDS = 10;

  private final RunState state;
  private final Optional<Path> metricsFile;
  private final ScheduledExecutorService clock;
  private final ScheduledFuture<?> ticks;
  private volatile Optional<RunStore> store = Optional.empty();
  private boolean warned;

  Telemetry(RunState state, Settings.Observe settings) {
    this.state = state;
    this.metricsFile = settings.metricsFile().map(Path::of);
    this.clock =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "telemetry");
              thread.setDaemon(true);
              return thread;
            });
    long millis = settings.interval().toMillis();
    this.ticks = clock.scheduleWithFixedDelay(this::write, millis, millis, TimeUnit.MILLISECONDS);
    state.observe(this::writeSoon);
  }

  /**
   * From now on the run of this store, which is ours, says where it stands. The first one stays.
   */
  synchronized void writesTo(RunStore taken) {
    if (store.isEmpty()) {
      store = Optional.of(taken);
    }
  }

  private void writeSoon() {
    try {
      clock.execute(this::write);
    } catch (RejectedExecutionException e) {
      // It is closed.
    }
  }

  private void write() {
    Snapshot moment = state.snapshot();
    try {
      if (metricsFile.isPresent() && moment.phase() != RunState.Phase.WAITING) {
        writeMetrics(metricsFile.get(), Metric.page(moment));
      }
      if (store.isPresent()) {
        store.get().requireWriter();
        store.get().replace(KEY, json(moment));
      }
    } catch (FencedException e) {
      store = Optional.empty();
    } catch (IOException | RuntimeException e) {
      if (!warned) {
        LOG.warn("Cannot write where the run stands; it goes on all the same: {}", e.toString());
      }
      warned = true;
    }
  }

  /** Whole or not at all: collectors may read at any moment. */
  private static void writeMetrics(Path file, String page) throws IOException {
    Path target = file.toAbsolutePath();
    Files.createDirectories(target.getParent());
    Path temporary = target.resolveSibling("." + target.getFileName() + ".tmp");
    Files.writeString(temporary, page);
    Files.move(
        temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** docs/operations.md documents the fields; a value that is not known is null. */
  static String json(Snapshot moment) {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("time", moment.time().truncatedTo(ChronoUnit.MILLIS).toString());
    root.put("run", moment.run()).put("job", moment.job());
    root.put("phase", Settings.name(moment.phase()));
    root.put("stage", moment.stage()).put("stage_seconds", moment.stageSeconds());
    root.put("work", moment.work()).put("unit", moment.unit());
    root.put("done", moment.done()).put("total", moment.total());
    root.put("per_second", moment.perSecond());
    double left =
        moment.perSecond() > 0 ? (moment.total() - moment.done()) / moment.perSecond() : Double.NaN;
    number(root, "seconds_left", left);
    root.put("round", moment.round().round()).put("rounds", moment.round().rounds());
    number(root, "loss", moment.round().loss());
    number(root, "learning_rate", moment.round().learningRate());
    root.put("images", moment.images()).put("images_skipped", moment.skipped());
    root.put("store_read_bytes", moment.bytesRead());
    root.put("store_written_bytes", moment.bytesWritten());
    return root.toPrettyString() + "\n";
  }

  private static void number(ObjectNode root, String name, double value) {
    if (Double.isFinite(value)) {
      root.put(name, value);
    } else {
      root.putNull(name);
    }
  }

  /** Writes once more, if the store answers in time. */
  @Override
  public void close() {
    ticks.cancel(false);
    writeSoon();
    clock.shutdown();
    try {
      if (!clock.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        clock.shutdownNow();
      }
    } catch (InterruptedException e) {
      clock.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
