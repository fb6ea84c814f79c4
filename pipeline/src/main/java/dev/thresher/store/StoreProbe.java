package dev.thresher.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Finds out before any work whether a store can be reached, written, and trusted to create a record
 * only once. It leaves one small object, {@code thresher-store}, at the root, and gives up within
 * {@link #DEADLINE}.
 */
public final class StoreProbe {
  /**
   * After this a store counts as unreachable, whatever its client still tries. The client's classes
   * are loaded in this time too: a machine with eight times as much to do as it has cores took more
   * than 25 s for a store that was there.
   */
  static final Duration DEADLINE = Duration.ofSeconds(60);

  private static final String MARKER = "thresher-store";

  private static final byte[] MARK =
      "Thresher keeps its runs here, under runs/. Layout 1.\n".getBytes(StandardCharsets.UTF_8);

  /** Few and short tries: the user waits. Ordinary work keeps Hadoop's patient defaults. */
  private static final Map<String, String> IMPATIENT =
      Map.of(
          "fs.s3a.attempts.maximum", "1",
          "fs.s3a.retry.limit", "2",
          "fs.s3a.retry.interval", "500ms",
          "fs.s3a.connection.establish.timeout", "15s",
          "fs.s3a.connection.timeout", "15s",
          "ipc.client.connect.max.retries", "2",
          "ipc.client.connect.max.retries.on.timeouts", "1",
          "ipc.client.connect.timeout", "5000",
          "dfs.client.failover.max.attempts", "2",
          "dfs.client.retry.policy.enabled", "false");

  private StoreProbe() {}

  /** Returns when the store is usable; otherwise throws what to tell the user. */
  public static void check(StoreLocation location) {
    FutureTask<Void> probe =
        new FutureTask<>(
            () -> {
              probe(location);
              return null;
            });
    Thread thread = new Thread(probe, "store-probe");
    thread.setDaemon(true);
    thread.start();
    try {
      probe.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      probe.cancel(true);
      throw StoreErrors.explain("reach", location, e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof StoreException known) {
        throw known;
      }
      throw StoreErrors.explain("use", location, e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw StoreErrors.explain("reach", location, e);
    }
  }

  private static void probe(StoreLocation location) throws IOException {
    if (location.root().getScheme().equals("file")) {
      probeFolder(Path.of(location.root()));
      return;
    }
    try (Backend backend = Backends.connect(location.with(IMPATIENT))) {
      backend.prepare();
      if (backend.get(MARKER, MARK.length).isEmpty()) {
        backend.putIfAbsent(MARKER, MARK);
      }
      if (backend.putIfAbsent(MARKER, MARK)) {
        throw new StoreException(
            "Cannot use the store "
                + location
                + ": it overwrites objects that were to be created only if absent. Use a store"
                + " that supports conditional writes (If-None-Match).");
      }
    }
  }

  /** A folder's permissions can be read without creating anything. */
  private static void probeFolder(Path root) throws IOException {
    Path nearest = root;
    while (nearest != null && !Files.exists(nearest)) {
      nearest = nearest.getParent();
    }
    if (nearest == null || !Files.isDirectory(nearest)) {
      throw new NotDirectoryException(String.valueOf(nearest));
    }
    if (!Files.isWritable(nearest) || !Files.isExecutable(nearest)) {
      throw new AccessDeniedException(nearest.toString());
    }
  }
}
