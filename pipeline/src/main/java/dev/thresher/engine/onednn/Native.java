package dev.thresher.engine.onednn;

import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;

/** What the native library offers on this machine; loaded when first used. */
final class Native {
  private static final int VNNI = dnnl.dnnl_cpu_isa_avx512_core_vnni;
  private static final int BFLOAT = dnnl.dnnl_cpu_isa_avx512_core_bf16;

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

  /** Whether bfloat16 is multiplied natively. */
  static boolean multipliesBfloats() {
    return has(BFLOAT);
  }

  /** The instruction set that oneDNN uses, for people. */
  static String instructionSet() {
    if (multipliesBfloats()) {
      return "AVX-512 with VNNI and bf16";
    } else if (sumsBytesExactly()) {
      return "AVX-512 with VNNI";
    } else if (has(dnnl.dnnl_cpu_isa_avx512_core)) {
      return "AVX-512";
    }
    return has(dnnl.dnnl_cpu_isa_avx2) ? "AVX2" : "SSE4.1 or AVX";
  }

  private static boolean has(int isa) {
    return (dnnl.dnnl_get_effective_cpu_isa() & isa) == isa;
  }

  private static final class Holder {
    static final engine PROCESSOR = new engine(engine.kind.cpu, 0);
  }
}
