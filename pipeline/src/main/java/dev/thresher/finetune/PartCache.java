package dev.thresher.finetune;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The parts that this JVM read last, up to a number of bytes, so that a shard's later rounds and
 * passes find them in memory; the next part is read ahead by a background thread. Thread-safe; a
 * part is read once even where several shards wait for it. What is cached never changes a result.
 */
final class PartCache {
  /** The parts of all shards of this JVM; a quarter of the heap. */
  static final PartCache SHARED = new PartCache(Runtime.getRuntime().maxMemory() / 4);

  private record Key(String data, int part) {}

  private static final ExecutorService READ_AHEAD =
      Executors.newSingleThreadExecutor(
          task -> {
            Thread thread = new Thread(task, "finetune-read-ahead");
            thread.setDaemon(true);
            return thread;
          });

  private final long limit;
  private final Map<Key, CompletableFuture<TrainingPart>> parts =
      new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  PartCache(long limit) {
    this.limit = limit;
  }

  /** The part, from memory or read now. */
  TrainingPart part(ShardData data, int part) {
    Key key = new Key(data.id(), part);
    CompletableFuture<TrainingPart> mine = new CompletableFuture<>();
    CompletableFuture<TrainingPart> known;
    synchronized (this) {
      known = parts.putIfAbsent(key, mine);
      if (known != null) {
        parts.get(key); // counts as use
      }
    }
    if (known != null) {
      return await(known);
    }
    return read(key, data, mine);
  }

  private TrainingPart read(Key key, ShardData data, CompletableFuture<TrainingPart> mine) {
    try {
      TrainingPart loaded = data.load(key.part());
      mine.complete(loaded);
      added(loaded.bytes());
      return loaded;
    } catch (RuntimeException | Error e) {
      synchronized (this) {
        parts.remove(key);
      }
      mine.completeExceptionally(e);
      throw e;
    }
  }

  private static TrainingPart await(CompletableFuture<TrainingPart> future) {
    try {
      return future.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      throw e;
    }
  }

  private synchronized void added(long size) {
    bytes += size;
    var eldest = parts.values().iterator();
    while (bytes > limit && eldest.hasNext()) {
      CompletableFuture<TrainingPart> part = eldest.next();
      if (part.isDone()) {
        bytes -= part.join().bytes();
        eldest.remove();
      }
    }
  }

  /** Starts to read a part that will be asked for soon; its failure shows when it is. */
  void readAhead(ShardData data, int part) {
    synchronized (this) {
      if (parts.containsKey(new Key(data.id(), part))) {
        return;
      }
    }
    READ_AHEAD.execute(
        () -> {
          try {
            part(data, part);
          } catch (RuntimeException e) {
            // Not cached: whoever needs the part reads it again and reports what is wrong.
            return;
          }
        });
  }

  synchronized long bytes() {
    return bytes;
  }
}
