package dev.thresher.network.keras;

import dev.thresher.network.Graph;
import dev.thresher.network.GraphCodec;
import dev.thresher.network.NetworkFormatException;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * Reads Keras files in a JVM of its own: HDF5 is parsed by a native library, which a hostile file
 * may crash, or lead to allocate what the file claims to hold. The child has {@value #HEAP_MB} MiB
 * of heap, {@link #CPU} of processor time and {@link #WALL} in all; whatever happens to it is a
 * refusal of the file here.
 */
public final class IsolatedKerasReader {
  /** Enough for every network for phones: MobileNet-v2 takes 14 MB. */
  private static final int HEAP_MB = 768;

  /** A network of 14 MB takes two seconds. */
  private static final Duration CPU = Duration.ofSeconds(10);

  /** On a machine that is busy with something else. */
  private static final Duration WALL = Duration.ofMinutes(2);

  private static final int READ = 0;
  private static final int REFUSED = 3;
  private static final int OUT_OF_MEMORY = 4;

  private IsolatedKerasReader() {}

  /**
   * As {@link KerasReader#read}.
   *
   * @throws NetworkFormatException also where reading fails in any other way
   */
  public static Graph read(byte[] bytes, String model, OptionalInt imageSize) {
    try {
      Path folder = Files.createTempDirectory("thresher-h5");
      try {
        Path file = Files.write(folder.resolve("model.h5"), bytes);
        return read(file, folder.resolve("graph"), model, imageSize);
      } finally {
        clear(folder);
      }
    } catch (IOException e) {
      throw refuse(model, "its reader cannot be started: " + e.getMessage());
    }
  }

  private static Graph read(Path file, Path answer, String model, OptionalInt imageSize)
      throws IOException {
    Process child =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + HEAP_MB + "m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=" + file.resolveSibling("crash.log"),
                "-cp",
                classPath(),
                IsolatedKerasReader.class.getName(),
                file.toString(),
                answer.toString(),
                model,
                imageSize.isPresent() ? Integer.toString(imageSize.getAsInt()) : "")
            .redirectOutput(Redirect.DISCARD)
            .redirectError(Redirect.DISCARD)
            .start();
    int status = end(child, model);
    return switch (status) {
      case READ -> GraphCodec.decode(Files.readAllBytes(answer));
      case REFUSED -> throw new NetworkFormatException(Files.readString(answer));
      case OUT_OF_MEMORY ->
          throw refuse(model, "reading it takes more than %d MiB".formatted(HEAP_MB));
      default -> throw refuse(model, "the HDF5 library failed on it (status %d)".formatted(status));
    };
  }

  private static int end(Process child, String model) {
    long deadline = System.nanoTime() + WALL.toNanos();
    try {
      while (!child.waitFor(50, TimeUnit.MILLISECONDS)) {
        Duration used = child.info().totalCpuDuration().orElse(Duration.ZERO);
        if (used.compareTo(CPU) > 0 || System.nanoTime() > deadline) {
          throw refuse(model, "reading it does not end within %d s".formatted(CPU.toSeconds()));
        }
      }
      return child.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw refuse(model, "reading it was interrupted");
    } finally {
      child.destroyForcibly();
    }
  }

  /** In the child: a file, where to put the graph or the refusal, a name, and an image size. */
  public static void main(String[] arguments) throws IOException {
    Path answer = Path.of(arguments[1]);
    int status = READ;
    try {
      OptionalInt size =
          arguments[3].isEmpty()
              ? OptionalInt.empty()
              : OptionalInt.of(Integer.parseInt(arguments[3]));
      byte[] file = Files.readAllBytes(Path.of(arguments[0]));
      Files.write(answer, GraphCodec.encode(KerasReader.read(file, arguments[2], size)));
    } catch (NetworkFormatException e) {
      Files.writeString(answer, e.getMessage());
      status = REFUSED;
    } catch (OutOfMemoryError e) {
      status = OUT_OF_MEMORY;
    }
    Runtime.getRuntime().halt(status);
  }

  /** Everything that this JVM finds classes in; a jar that spark-submit added is in a loader. */
  private static String classPath() {
    Set<String> entries = new LinkedHashSet<>();
    for (ClassLoader loader = IsolatedKerasReader.class.getClassLoader();
        loader != null;
        loader = loader.getParent()) {
      if (loader instanceof URLClassLoader known) {
        Stream.of(known.getURLs()).forEach(url -> add(entries, url));
      }
    }
    entries.addAll(List.of(System.getProperty("java.class.path").split(File.pathSeparator)));
    return String.join(File.pathSeparator, entries);
  }

  private static void add(Set<String> entries, URL url) {
    try {
      if (url.getProtocol().equals("file")) {
        entries.add(Path.of(url.toURI()).toString());
      }
    } catch (URISyntaxException e) {
      // No file then.
    }
  }

  private static void clear(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.deleteIfExists(file);
      }
    }
    Files.deleteIfExists(folder);
  }

  private static NetworkFormatException refuse(String model, String reason) {
    return new NetworkFormatException(
        "Cannot import "
            + model
            + ": the HDF5 file cannot be read ("
            + reason
            + "); check that it was copied whole.");
  }
}
