package dev.thresher.provenance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The memory of this process: the JVM's heap and all that lies outside it. */
public final class ProcessMemory {
  private static final Path STATUS = Path.of("/proc/self/status");

  private ProcessMemory() {}

  /** Most resident memory so far as Linux counts it; elsewhere the JVM's present heap. */
  public static long peakBytes() {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith("VmHWM:")) {
          return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
        }
      }
    } catch (IOException e) {
      // Not Linux.
    }
    return Runtime.getRuntime().totalMemory();
  }
}
