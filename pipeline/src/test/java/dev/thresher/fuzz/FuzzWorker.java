package dev.thresher.fuzz;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/**
 * Reads damaged files one after another and tells of each on standard output: {@code >n} before it
 * is read, then {@code +} (accepted), {@code -} (refused) or {@code !what} (found).
 */
final class FuzzWorker {
  /** So that neighbouring cases differ in more than their last bit. */
  private static final long SPREAD = 0x9E3779B97F4A7C15L;

  private FuzzWorker() {}

  /** {@code TARGET SEED FROM TO [FOLDER of seeds]}. */
  public static void main(String[] arguments) throws IOException {
    FuzzTarget target = FuzzTarget.valueOf(arguments[0]);
    List<byte[]> seeds = target.seeds();
    long seed = Long.parseLong(arguments[1]);
    int to = Integer.parseInt(arguments[3]);
    for (int n = Integer.parseInt(arguments[2]); n < to; n++) {
      byte[] file = file(target, seeds, seed, n);
      System.out.println(">" + n);
      System.out.println(outcome(target, file));
    }
    System.out.println("=" + peakMemory());
  }

  /** The bytes of one case. */
  static byte[] file(FuzzTarget target, List<byte[]> seeds, long seed, int n) throws IOException {
    Random random = new Random(seed + n * SPREAD);
    return target.mutate(seeds.get(random.nextInt(seeds.size())), seeds, random);
  }

  private static String outcome(FuzzTarget target, byte[] file) {
    try {
      return target.accepts(file) ? "+" : "-";
    } catch (RuntimeException | Error e) {
      StackTraceElement[] trace = e.getStackTrace();
      String what = e + (trace.length == 0 ? "" : " at " + trace[0]);
      return "!" + what.replaceAll("\\p{Cntrl}", " ");
    }
  }

  /** Most memory that this process has had, native memory included, as Linux tells it. */
  private static String peakMemory() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return "?";
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("VmHWM:"))
        .map(line -> line.replaceAll("\\D", ""))
        .findFirst()
        .orElse("?");
  }
}
