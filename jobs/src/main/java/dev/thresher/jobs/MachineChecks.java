package dev.thresher.jobs;

import com.sun.management.OperatingSystemMXBean;
import dev.thresher.engine.EngineMemory;
import dev.thresher.engine.onednn.Obstacle;
import dev.thresher.engine.onednn.OneDnnEngine;
import dev.thresher.provenance.Environment;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What Thresher needs of the JVM and of the machine or container that it runs in. */
final class MachineChecks {
  private static final int JAVA = 17;
  private static final long GIBIBYTE = 1L << 30;

  /** Below this the driver of a real network runs short; the quick start fits. */
  private static final long LEAST_HEAP = GIBIBYTE;

  /** Native libraries are unpacked once, and Spark spills and broadcasts through this folder. */
  private static final long LEAST_TEMPORARY = 2 * GIBIBYTE;

  private static final String FLAGS =
      "start with deploy/thresher or with spark-submit, which give them, or give Java the flags of"
          + " deploy/jvm.flags";

  private MachineChecks() {}

  static List<Finding> all() {
    Environment machine = Environment.of("doctor", "", "", List.of());
    return List.of(
        java(machine),
        flags(),
        engine(machine),
        cores(machine),
        memory(machine),
        temporary(Path.of(System.getProperty("java.io.tmpdir"))));
  }

  private static Finding java(Environment machine) {
    int feature = Runtime.version().feature();
    return feature == JAVA
        ? Finding.ok("java", machine.jvm())
        : Finding.fail(
            "java", machine.jvm(), "install a JDK " + JAVA + " and point JAVA_HOME at it");
  }

  private static Finding flags() {
    Module base = Object.class.getModule();
    Module ours = MachineChecks.class.getModule();
    List<String> missing = new ArrayList<>();
    for (String opened : List.of("java.nio", "sun.nio.ch", "java.lang.invoke", "java.util")) {
      if (!base.isOpen(opened, ours)) {
        missing.add("--add-opens=java.base/" + opened + "=ALL-UNNAMED");
      }
    }
    if (!missing.isEmpty()) {
      return Finding.fail("flags", "Java lacks " + String.join(" ", missing), FLAGS);
    }
    return Finding.ok("flags", "Java has the packages that are needed");
  }

  private static Finding engine(Environment machine) {
    String cpu = machine.cpu() + " (" + String.join(" ", machine.cpuFeatures()) + ")";
    Optional<Obstacle> obstacle = OneDnnEngine.obstacle();
    if (obstacle.isPresent()) {
      return Finding.warn(
          "engine",
          "reference only, many times slower: " + obstacle.get().reason() + "; " + cpu,
          obstacle.get().mend());
    }
    return Finding.ok("engine", "onednn with " + new OneDnnEngine().instructionSet() + "; " + cpu);
  }

  private static Finding cores(Environment machine) {
    return Finding.ok("cores", machine.processors() + " that this JVM may use");
  }

  private static Finding memory(Environment machine) {
    long all =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    long heap = machine.maximumHeapBytes();
    String found =
        "%s in this machine or container, heap %s, %s left for the engine's plans"
            .formatted(
                EngineMemory.size(all),
                EngineMemory.size(heap),
                EngineMemory.size(EngineMemory.automaticLimit()));
    if (heap < LEAST_HEAP) {
      return Finding.warn("memory", found, "give the driver more: THRESHER_HEAP=2g");
    }
    return heap > all - all / 4
        ? Finding.warn(
            "memory",
            found,
            "leave a quarter of the memory outside the heap: a smaller THRESHER_HEAP")
        : Finding.ok("memory", found);
  }

  static Finding temporary(Path folder) {
    String advice = "free some, or give another folder: JAVA_TOOL_OPTIONS=-Djava.io.tmpdir=FOLDER";
    try {
      Path probe = Files.createTempFile(folder, "thresher-doctor", "");
      long free = Files.getFileStore(probe).getUsableSpace();
      Files.delete(probe);
      String found = EngineMemory.size(free) + " free in " + folder;
      return free < LEAST_TEMPORARY
          ? Finding.warn("temporary", found, advice)
          : Finding.ok("temporary", found);
    } catch (IOException e) {
      return Finding.fail("temporary", "cannot write to " + folder + ": " + e, advice);
    }
  }
}
