package dev.thresher.provenance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The processor, as Linux describes it. */
record Machine(String cpu, List<String> features) {
  private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

  /** Instruction sets that oneDNN and the vector loops choose their code by. */
  private static final Set<String> RELEVANT =
      Set.of(
          "sse4_2",
          "avx",
          "avx2",
          "fma",
          "f16c",
          "avx_vnni",
          "avx512f",
          "avx512bw",
          "avx512dq",
          "avx512vl",
          "avx512_vnni",
          "avx512_bf16",
          "avx512_fp16",
          "amx_tile",
          "amx_int8",
          "amx_bf16",
          "neon",
          "asimd",
          "asimddp",
          "sve",
          "bf16",
          "i8mm");

  /** The first processor's description; unknown where the system has none. */
  static Machine read() {
    if (!Files.isReadable(CPU_INFO)) {
      return new Machine("unknown", List.of());
    }
    try (Stream<String> lines = Files.lines(CPU_INFO)) {
      return parse(lines.toList());
    } catch (IOException | UncheckedIOException e) {
      return new Machine("unknown", List.of());
    }
  }

  static Machine parse(List<String> lines) {
    String cpu = value(lines, "model name");
    String flags = value(lines, "flags") + " " + value(lines, "Features");
    List<String> features =
        Arrays.stream(flags.split("\\s+")).filter(RELEVANT::contains).distinct().sorted().toList();
    return new Machine(cpu.isEmpty() ? "unknown" : cpu, features);
  }

  private static String value(List<String> lines, String key) {
    return lines.stream()
        .map(line -> line.split(":", 2))
        .filter(parts -> parts.length == 2 && parts[0].strip().equals(key))
        .map(parts -> parts[1].strip())
        .findFirst()
        .orElse("");
  }
}
