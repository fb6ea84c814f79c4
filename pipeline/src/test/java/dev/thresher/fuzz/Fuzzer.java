package dev.thresher.fuzz;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Feeds a reader with seeded damage, in child JVMs of limited memory, and watches: an exception
 * that is no clear refusal, a crash of the JVM, a case that takes longer than {@link #HANG}, and
 * memory over the limit are findings; the child goes on behind them.
 *
 * <p>The long form is part of {@code deploy/thresher soak}; this class's main fuzzes one reader:
 * {@code onnx|keras|image|container CASES SEED}.
 */
public final class Fuzzer {
  /** No file may hold a reader longer than this, in time of its processor. */
  static final Duration HANG = Duration.ofSeconds(10);

  /** Nor sleeping, on a machine that is busy with something else. */
  private static final Duration WALL = Duration.ofMinutes(3);

  private static final int HEAP_MB = 1024;

  /** Of a child's process: heap, and what native decoders and the JVM itself take. */
  private static final long MOST_KILOBYTES = 2L << 20;

  private final FuzzTarget target;
  private final long seed;
  private final List<String> findings = new ArrayList<>();
  private int accepted;
  private int refused;
  private long peakKilobytes;
  private Duration slowest = Duration.ZERO;

  private volatile long startedNanos;
  private volatile int current;
  private volatile boolean reading;

  private Fuzzer(FuzzTarget target, long seed) {
    this.target = target;
    this.seed = seed;
  }

  /** What came of it. */
  record Outcome(
      FuzzTarget target,
      int cases,
      int accepted,
      int refused,
      Duration slowest,
      long peakKilobytes,
      List<String> findings) {
    @Override
    public String toString() {
      return "fuzz %s: %d files, %d refused, %d still readable, %d findings, slowest %d ms, memory %d MB"
              .formatted(
                  target.name().toLowerCase(Locale.ROOT),
                  cases,
                  refused,
                  accepted,
                  findings.size(),
                  slowest.toMillis(),
                  peakKilobytes >> 10)
          + String.join("", findings.stream().map(finding -> "\n  " + finding).toList());
    }
  }

  /** Prints the outcome; ends with 1 where there are findings. */
  public static void main(String[] arguments) throws Exception {
    FuzzTarget target = FuzzTarget.valueOf(arguments[0].toUpperCase(Locale.ROOT));
    Outcome outcome = run(target, Integer.parseInt(arguments[1]), Long.parseLong(arguments[2]));
    System.out.println(outcome);
    System.exit(outcome.findings().isEmpty() ? 0 : 1);
  }

  /** Runs so many cases. */
  static Outcome run(FuzzTarget target, int cases, long seed)
      throws IOException, InterruptedException {
    Fuzzer fuzzer = new Fuzzer(target, seed);
    int from = 0;
    while (from < cases) {
      from = fuzzer.child(from, cases);
    }
    return new Outcome(
        target,
        cases,
        fuzzer.accepted,
        fuzzer.refused,
        fuzzer.slowest,
        fuzzer.peakKilobytes,
        fuzzer.findings);
  }

  /** Runs a child from a case on; the case after the last one that it has done with. */
  private int child(int from, int to) throws IOException, InterruptedException {
    current = from - 1;
    reading = false;
    Process child = start(from, to);
    Thread watch = new Thread(() -> watch(child), "fuzz-watch");
    watch.setDaemon(true);
    watch.start();
    try (BufferedReader lines = child.inputReader()) {
      lines.lines().forEach(this::take);
    } catch (UncheckedIOException e) {
      // The watch has ended it.
    }
    int status = child.waitFor();
    watch.interrupt();
    watch.join();
    if (status == 0) {
      return to;
    }
    findings.add("case %d: the JVM ended with %d".formatted(current, status));
    return current + 1;
  }

  private Process start(int from, int to) throws IOException {
    List<String> line =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx" + HEAP_MB + "m",
            "-XX:+UseSerialGC",
            "-XX:-CreateCoredumpOnCrash",
            "-XX:ErrorFile=" + System.getProperty("java.io.tmpdir") + "/thresher-fuzz-%p.log",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=error",
            "-cp",
            System.getProperty("java.class.path"),
            FuzzWorker.class.getName(),
            target.name(),
            Long.toString(seed),
            Integer.toString(from),
            Integer.toString(to));
    ProcessBuilder builder = new ProcessBuilder(line).redirectError(Redirect.DISCARD);
    builder.environment().put("OPENCV_LOG_LEVEL", "SILENT");
    builder.environment().put("OMP_NUM_THREADS", "1");
    return builder.start();
  }

  private void take(String line) {
    if (line.startsWith(">")) {
      current = Integer.parseInt(line.substring(1));
      startedNanos = System.nanoTime();
      reading = true;
      return;
    }
    Duration took = Duration.ofNanos(System.nanoTime() - startedNanos);
    slowest = reading && took.compareTo(slowest) > 0 ? took : slowest;
    reading = false;
    switch (line) {
      case "+" -> accepted++;
      case "-" -> refused++;
      default -> told(line);
    }
  }

  private void told(String line) {
    if (line.startsWith("!")) {
      findings.add("case %d: %s".formatted(current, line.substring(1)));
    } else if (line.matches("=\\d+")) {
      peakKilobytes = Math.max(peakKilobytes, Long.parseLong(line.substring(1)));
      if (peakKilobytes > MOST_KILOBYTES) {
        findings.add("memory: %d MB".formatted(peakKilobytes >> 10));
      }
    }
  }

  private static Duration cpu(Process child) {
    return child.info().totalCpuDuration().orElse(Duration.ZERO);
  }

  private void watch(Process child) {
    int watched = -1;
    Duration cpuBefore = Duration.ZERO;
    try {
      while (!child.waitFor(500, TimeUnit.MILLISECONDS)) {
        int now = reading ? current : -1;
        if (now != watched) {
          watched = now;
          cpuBefore = cpu(child);
        }
        Duration wall = Duration.ofNanos(System.nanoTime() - startedNanos);
        boolean hangs = cpu(child).minus(cpuBefore).compareTo(HANG) > 0 || wall.compareTo(WALL) > 0;
        if (now >= 0 && now == current && hangs) {
          findings.add("case %d: no end after %d s".formatted(now, HANG.toSeconds()));
          child.destroyForcibly();
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
