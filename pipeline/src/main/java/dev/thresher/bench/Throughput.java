package dev.thresher.bench;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import java.util.concurrent.CompletionService;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Steps per second of threads that work side by side.
 *
 * <pre>
 *   rate = sum over threads of 1 / median(seconds of a step)
 * </pre>
 *
 * The median leaves out what another process took from a step or two. Every thread keeps on until
 * the last one has its steps, so that all of them are timed under the same load.
 */
final class Throughput {
  private static final ThreadMXBean CLOCK = ManagementFactory.getThreadMXBean();

  /** Part of the time that goes before, unmeasured, while the JVM compiles. */
  private static final double WARM_UP = 0.5;

  private static final int WARM_UP_STEPS = 2;

  /**
   * What one thread measured.
   *
   * @param median seconds of a step
   * @param steps timed
   * @param wall nanoseconds of the timed steps by the clock
   * @param running nanoseconds of the timed steps on a core
   */
  private record Timed(
      double median, int steps, long wall, long running, Work.Split split, long bytes) {}

  private final List<Timed> threads;

  private Throughput(List<Timed> threads) {
    this.threads = threads;
  }

  /** Measures; the first error of a thread ends all of them. */
  static Throughput of(int threads, double seconds, Work.Source source) {
    ExecutorService pool = Executors.newFixedThreadPool(threads);
    CompletionService<Timed> running = new ExecutorCompletionService<>(pool);
    CyclicBarrier together = new CyclicBarrier(threads);
    AtomicInteger unfinished = new AtomicInteger(threads);
    try {
      for (int i = 0; i < threads; i++) {
        int thread = i;
        running.submit(() -> time(source, thread, seconds, together, unfinished));
      }
      List<Timed> results = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        results.add(running.take().get());
      }
      return new Throughput(results);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof RuntimeException cause
          ? cause
          : new IllegalStateException("A thread of the measurement failed.", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("The measurement was interrupted.", e);
    } finally {
      pool.shutdownNow();
    }
  }

  private static Timed time(
      Work.Source source,
      int thread,
      double seconds,
      CyclicBarrier together,
      AtomicInteger unfinished)
      throws Exception {
    try (Work work = source.open(thread)) {
      timed(work, seconds * WARM_UP, WARM_UP_STEPS);
      together.await();
      Timed result = timed(work, seconds, BenchSettings.LEAST_STEPS);
      unfinished.decrementAndGet();
      while (unfinished.get() > 0 && !Thread.currentThread().isInterrupted()) {
        work.step();
      }
      return result;
    }
  }

  private static Timed timed(Work work, double seconds, int least) {
    List<Double> steps = new ArrayList<>();
    Work.Split before = work.split();
    long running = CLOCK.getCurrentThreadCpuTime();
    long begin = System.nanoTime();
    long end = begin;
    while (steps.size() < least || end - begin < seconds * 1e9) {
      work.step();
      long now = System.nanoTime();
      steps.add((now - end) * 1e-9);
      end = now;
    }
    double[] sorted = steps.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    return new Timed(
        sorted[sorted.length / 2],
        sorted.length,
        end - begin,
        CLOCK.getCurrentThreadCpuTime() - running,
        work.split().since(before),
        work.bytes());
  }

  /** Steps per second of all threads together. */
  double rate() {
    return threads.stream().mapToDouble(thread -> 1 / thread.median).sum();
  }

  /** Steps per second on a core, all threads taken together. */
  double perCpuSecond() {
    long steps = threads.stream().mapToLong(Timed::steps).sum();
    return steps / (threads.stream().mapToLong(Timed::running).sum() * 1e-9);
  }

  /** Bytes of the thread that holds most. */
  long bytes() {
    return threads.stream().mapToLong(Timed::bytes).max().orElseThrow();
  }

  /**
   * Where the time went. What a thread was kept off its core is taken from every part alike: clocks
   * around the parts cannot tell it.
   */
  BenchReport.Shares shares() {
    double wall = threads.stream().mapToLong(Timed::wall).sum();
    double running = Math.min(wall, threads.stream().mapToDouble(Timed::running).sum());
    double passes = threads.stream().mapToLong(t -> t.split.passes()).sum() / wall;
    double onCore = running / wall;
    long[] convolutions = threads.stream().mapToLong(t -> t.split.convolution()).toArray();
    boolean told = Arrays.stream(convolutions).allMatch(nanos -> nanos >= 0);
    double convolution = Arrays.stream(convolutions).sum() / wall;
    return new BenchReport.Shares(
        told ? OptionalDouble.of(convolution * onCore) : OptionalDouble.empty(),
        told ? OptionalDouble.of((passes - convolution) * onCore) : OptionalDouble.empty(),
        (told ? 1 - passes : 1) * onCore,
        1 - onCore);
  }
}
