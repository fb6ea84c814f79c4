package dev.thresher.jobs;

import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Tells how far the work is: on a terminal by one line that changes in place, elsewhere by one
 * plain line every few seconds, so that it reads well under nohup and in a log. Safe for concurrent
 * use.
 */
public final class Progress implements AutoCloseable {
  /** A line that changes in place fills no log, so it may change often. */
  private static final long IN_PLACE_MILLIS = 500;

  private final PrintStream out;
  private final Duration interval;
  private final RunState state;
  private final ScheduledExecutorService clock;
  private final List<Timing> timings = new ArrayList<>();

  /** How long something took, wall clock. */
  public record Timing(String name, double seconds) {}

  /** Prints to this stream once per interval, and keeps the state. */
  Progress(PrintStream out, Duration interval, RunState state) {
    this.state = state;
    this.out = out;
    this.interval = interval;
    this.clock =
        Executors.newSingleThreadScheduledExecutor(
            task -> {
              Thread thread = new Thread(task, "progress");
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Begins a piece of work of a known number of units.
   *
   * @param unit in the plural: images, rounds
   */
  public Work begin(String name, long total, String unit) {
    return new Work(name, total, unit);
  }

  /** Prints one line, and nothing else, whatever names from outside are in it. */
  public void say(String line) {
    out.println(Printable.line(line));
  }

  /** A round of fine-tuning is committed. */
  public void round(int round, int rounds, double loss, double learningRate) {
    state.reached(new RunState.Round(round, rounds, loss, learningRate));
  }

  /** So many images more were skipped. */
  public void skipped(long images) {
    state.skipped(images);
  }

  /** A round is done again. */
  public void repeated() {
    state.repeated();
  }

  /** Where the run stands. */
  RunState state() {
    return state;
  }

  /** What has ended so far, in order of ending. */
  public synchronized List<Timing> timings() {
    return List.copyOf(timings);
  }

  private synchronized void ended(Timing timing) {
    timings.add(timing);
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }

  static String line(String name, long done, long total, String unit, double seconds) {
    double rate = seconds > 0 ? done / seconds : 0;
    StringBuilder line =
        new StringBuilder(String.format(Locale.ROOT, "%-10s %d/%d %s", name, done, total, unit));
    if (done > 0) {
      line.append(String.format(Locale.ROOT, "  %.1f %s/s", rate, unit));
    }
    if (done > 0 && done < total) {
      line.append("  ").append(clock((long) Math.ceil((total - done) / rate))).append(" left");
    }
    return line.toString();
  }

  /** 75 seconds are 1:15, 3,700 are 1:01:40. */
  static String clock(long seconds) {
    return seconds < 3600
        ? String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60)
        : String.format(
            Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }

  /** A piece of work that goes on; closing it prints its last line. */
  public final class Work implements AutoCloseable {
    private final String name;
    private final long total;
    private final String unit;
    private final long start = System.nanoTime();
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong complete = new AtomicLong();
    private final ScheduledFuture<?> ticks;

    private Work(String name, long total, String unit) {
      this.name = name;
      this.total = total;
      this.unit = unit;
      long millis = out instanceof TerminalStream ? IN_PLACE_MILLIS : interval.toMillis();
      state.begins(this);
      this.ticks = clock.scheduleAtFixedRate(this::tick, millis, millis, TimeUnit.MILLISECONDS);
    }

    /** So many more units are done. */
    public void advance(long units) {
      noteCompletion(done.addAndGet(units));
    }

    /** So many units are done by now; never goes back. */
    public void reach(long units) {
      noteCompletion(done.accumulateAndGet(units, Math::max));
    }

    /** What follows the last unit within the same work does not slow the units down. */
    private void noteCompletion(long units) {
      if (units >= total) {
        complete.compareAndSet(0, System.nanoTime() - start);
      }
    }

    private double secondsOfUnits() {
      return complete.get() > 0 ? complete.get() / 1e9 : seconds();
    }

    /** Wall clock so far. */
    public double seconds() {
      return (System.nanoTime() - start) / 1e9;
    }

    String name() {
      return name;
    }

    long done() {
      return done.get();
    }

    long total() {
      return total;
    }

    String unit() {
      return unit;
    }

    /** Units that are images. */
    long images() {
      return unit.equals("images") ? done() : 0;
    }

    private String line() {
      return Printable.line(Progress.line(name, done.get(), total, unit, secondsOfUnits()));
    }

    private void tick() {
      if (out instanceof TerminalStream terminal) {
        terminal.status(line());
      } else {
        say(line());
      }
    }

    @Override
    public void close() {
      ticks.cancel(false);
      say(line());
      state.ends(this);
      ended(new Timing(name, seconds()));
    }
  }
}
