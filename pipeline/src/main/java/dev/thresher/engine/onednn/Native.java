package dev.thresher.engine.onednn;

import dev.thresher.engine.onednn.vector.Gradients;
import dev.thresher.engine.onednn.vector.Lanes;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.javacpp.Loader;

/** What the native library offers on this machine; loaded when first used. */
final class Native {
  private static final int VNNI = dnnl.dnnl_cpu_isa_avx512_core_vnni;

  private Native() {}

  /** The one engine of the process: oneDNN's processor. */
  static engine processor() {
    return Holder.PROCESSOR;
  }

  /** Loads the library or throws what stands against it. */
  static void load() {
    Loader.load(dnnl.class);
  }

  /** Whether products of 8-bit integers are summed in 32 bits without saturating at 16. */
  static boolean sumsBytesExactly() {
    return has(VNNI);
  }

  /** What gradients are stored as. */
  static memory.data_type gradientType() {
    return Gradients.ARE_BFLOATS ? memory.data_type.bf16 : memory.data_type.f32;
  }

  /** The instruction set that oneDNN uses, for people. */
  static String instructionSet() {
    String machine = System.getProperty("os.arch");
    if (!machine.equals("amd64")) {
      return "float32 sums of " + machine + ", where it was not tried";
    }
    if (Gradients.ARE_BFLOATS) {
      return has(dnnl.dnnl_cpu_isa_avx512_core_amx)
          ? "AVX-512 with VNNI, bf16 and AMX"
          : "AVX-512 with VNNI and bf16";
    } else if (has(dnnl.dnnl_cpu_isa_avx512_core_bf16)) {
      return "AVX-512 with VNNI; float32 for gradients, since bf16 is slower without AMX";
    } else if (sumsBytesExactly()) {
      return "AVX-512 with VNNI";
    } else if (has(dnnl.dnnl_cpu_isa_avx512_core)) {
      return "AVX-512";
    }
    return (has(dnnl.dnnl_cpu_isa_avx2) ? "AVX2" : "SSE4.1 or AVX")
        + " (vectors of %d floats)".formatted(Lanes.COUNT);
  }

  private static boolean has(int isa) {
    return (dnnl.dnnl_get_effective_cpu_isa() & isa) == isa;
  }

  private static final class Holder {
    static final engine PROCESSOR = new engine(engine.kind.cpu, 0);
  }
}
