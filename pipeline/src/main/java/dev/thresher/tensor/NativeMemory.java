package dev.thresher.tensor;

/**
 * Who bounds memory outside the heap. The loader of native libraries (JavaCPP) refuses memory where
 * all pages of the process exceed four times the heap; the engine's plans, which it does not know,
 * are large and counted elsewhere.
 */
public final class NativeMemory {
  private static final String LOADERS_LIMIT = "org.bytedeco.javacpp.maxphysicalbytes";

  private NativeMemory() {}

  /**
   * Lifts the loader's limit on a process's pages, unless the user has set it. To be called by what
   * may be the first in a JVM to use a native library, before it does: the loader looks once.
   */
  public static void isNotForTheLoaderToLimit() {
    if (System.getProperty(LOADERS_LIMIT) == null) {
      System.setProperty(LOADERS_LIMIT, "0");
    }
  }
}
