package dev.thresher.provenance;

import java.util.Collection;
import java.util.List;
import java.util.TreeSet;

/**
 * Where and by what a run was made: the part of the provenance that may differ between equal runs.
 *
 * @param run id of the run
 * @param engine name of the engine that computed
 * @param configurationSha256 hash of the whole resolved configuration, secrets masked
 * @param code hash of this program's jar, or that it ran from loose classes
 * @param jvm vendor, name and version
 * @param operatingSystem name, version, architecture
 * @param cpu model as the processor names itself
 * @param cpuFeatures instruction sets that matter to the engines, sorted
 * @param processors that the JVM may use
 * @param maximumHeapBytes largest heap of the JVM
 * @param computers what trained and evaluated, the executors of a cluster included; sorted
 */
public record Environment(
    String run,
    String engine,
    String configurationSha256,
    String code,
    String jvm,
    String operatingSystem,
    String cpu,
    List<String> cpuFeatures,
    int processors,
    long maximumHeapBytes,
    List<Computer> computers) {
  /** Copies the lists. */
  public Environment {
    cpuFeatures = List.copyOf(cpuFeatures);
    computers = List.copyOf(new TreeSet<>(computers));
  }

  /** This JVM on this machine. Reads the code's jar once to hash it. */
  public static Environment of(
      String run, String engine, String configurationSha256, Collection<Computer> computers) {
    Machine machine = Machine.read();
    Runtime runtime = Runtime.getRuntime();
    return new Environment(
        run,
        engine,
        configurationSha256,
        Build.code(),
        jvmName(),
        joined("os.name", "os.version", "os.arch"),
        machine.cpu(),
        machine.features(),
        runtime.availableProcessors(),
        runtime.maxMemory(),
        List.copyOf(computers));
  }

  static String jvmName() {
    return joined("java.vm.vendor", "java.vm.name", "java.vm.version");
  }

  private static String joined(String... properties) {
    StringBuilder text = new StringBuilder();
    for (String property : properties) {
      text.append(text.isEmpty() ? "" : " ").append(System.getProperty(property, "?"));
    }
    return text.toString();
  }
}
