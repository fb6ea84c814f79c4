package dev.thresher.engine.onednn;

import java.util.Optional;

/**
 * What keeps the oneDNN engine from running in this JVM.
 *
 * @param reason what is so, a clause without its full stop
 * @param mend what to do about it, the same
 */
public record Obstacle(String reason, String mend) {
  /** The module of the JDK that holds vectors. */
  private static final String VECTORS = "jdk.incubator.vector";

  private static final String OPTION = "--add-modules=" + VECTORS;

  static Obstacle noVectors() {
    return new Obstacle(
        "this JVM was started without " + OPTION,
        "start with deploy/thresher, or give spark-submit --conf spark.driver.defaultJavaOptions="
            + OPTION
            + " for the driver and --conf spark.executor.defaultJavaOptions="
            + OPTION
            + " for executors");
  }

  /** Whose vectors are read from and written to buffers by methods that later ones do not have. */
  private static final int JAVA = 17;

  static Optional<Obstacle> ofJava(int feature) {
    return feature == JAVA
        ? Optional.empty()
        : Optional.of(
            new Obstacle(
                "this JVM is Java " + feature + ", and its passes need the vectors of Java " + JAVA,
                "use Java "
                    + JAVA
                    + " for the driver and for executors: JAVA_HOME, and"
                    + " spark.executorEnv.JAVA_HOME on YARN and Kubernetes"));
  }

  static Obstacle noLibrary(Throwable thrown) {
    return new Obstacle(
        "its native library does not load (" + thrown + ")",
        "use Linux on x86-64 or arm64, and a folder that programs may be run from for native"
            + " libraries to be unpacked into: the Java option"
            + " -Dorg.bytedeco.javacpp.cachedir=FOLDER");
  }

  static boolean lacksVectors() {
    return ModuleLayer.boot().findModule(VECTORS).isEmpty();
  }
}
