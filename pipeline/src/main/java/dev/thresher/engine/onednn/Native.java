package dev.thresher.engine.onednn;

import dev.thresher.engine.onednn.vector.Gradients;
import dev.thresher.engine.onednn.vector.Lanes;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.memory;
import org.bytedeco.javacpp.Loader;
import org.nd4j.linalg.cpu.nativecpu.bindings.Nd4jCpu;

/** What the native library offers on this machine; loaded when first used. */
final class Native {
  private static final int ALONE = 1;
  private static final int VNNI = dnnl.dnnl_cpu_isa_avx512_core_vnni;

  private Native() {}

  /** The one engine of the process: oneDNN's processor. */
  static engine processor() {
    return Holder.PROCESSOR;
  }

  /** Loads the library or throws what stands against it; what it reads of the environment goes. */
  static void load() {
    Loader.load(dnnl.class);
    OpenMp.LIBRARY.setOmpNumThreads(ALONE);
    require(dnnl.dnnl_set_default_fpmath_mode(dnnl.dnnl_fpmath_mode_strict), "arithmetic");
    require(dnnl.dnnl_set_cpu_isa_hints(dnnl.dnnl_cpu_isa_no_hints), "hints");
  }

  private static void require(int status, String what) {
    if (status != dnnl.dnnl_success) {
      throw new IllegalStateException(
          "oneDNN refuses to have its " + what + " set: status " + status);
    }
  }

  /**
   * Has the calling thread do alone what it asks of oneDNN next. Its kernels, and so the order of
   * their sums, depend on the number of threads; OpenMP keeps that number for each thread, and
   * takes it from the environment where nobody has set it. So this comes before everything that
   * makes or runs a primitive: other code in the process may have set another number.
   */
  static void useThisThreadAlone() {
    OpenMp.LIBRARY.setOmpNumThreads(ALONE);
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

  /**
   * What oneDNN's presets lack: {@code omp_set_num_threads}, which ND4J's library passes on. Both
   * libraries are bound to the one OpenMP of the process, since the loader knows it by its name.
   */
  private static final class OpenMp {
    static final Nd4jCpu LIBRARY = new Nd4jCpu();
  }

  private static final class Holder {
    static final engine PROCESSOR = new engine(engine.kind.cpu, 0);
  }
}
