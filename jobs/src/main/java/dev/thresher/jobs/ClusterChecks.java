package dev.thresher.jobs;

import dev.thresher.jobs.config.Settings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.util.VersionInfo;
import scala.util.Properties;

/** What Thresher needs of Spark and Hadoop: those on the class path, and those of SPARK_HOME. */
final class ClusterChecks {
  /** Every Spark that is tried, by its Scala. */
  private static final SortedMap<String, String> TRIED =
      new TreeMap<>(
          Map.of("3.5", "2.12", "4.0", "2.13", "4.1", "2.13", "4.2", "2.13", "4.3", "2.13"));

  private static final String SPARKS =
      "a Spark of " + String.join(", ", TRIED.keySet()) + ", as it is downloaded";

  /** The first Hadoop whose s3a has conditional writes. */
  private static final List<Integer> HADOOP = List.of(3, 4, 2);

  private static final Pattern CORE = Pattern.compile("spark-core_([0-9.]+)-([0-9].*)\\.jar");
  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)\\.(\\d+).*");
  private static final Pattern MINOR = Pattern.compile("(\\d+\\.\\d+)\\..*");

  private ClusterChecks() {}

  static List<Finding> all(Map<String, String> environment, Settings settings) {
    String scala = minor(Properties.versionNumberString());
    return List.of(
        spark("spark", org.apache.spark.package$.MODULE$.SPARK_VERSION(), scala, ""),
        hadoop(VersionInfo.getVersion(), addresses(settings).anyMatch(a -> a.startsWith("s3a:"))),
        sparkHome(Optional.ofNullable(environment.get("SPARK_HOME"))));
  }

  /** Everything that is read or written through Hadoop. */
  private static Stream<String> addresses(Settings settings) {
    return Stream.of(
            Stream.of(settings.store().root()),
            settings.model().path().stream(),
            settings.data().train().stream(),
            settings.data().validation().stream(),
            settings.data().labels().stream())
        .flatMap(address -> address);
  }

  private static String minor(String version) {
    Matcher minor = MINOR.matcher(version);
    return minor.matches() ? minor.group(1) : version;
  }

  private static Finding spark(String check, String version, String scala, String where) {
    String found = "Spark " + version + " for Scala " + scala + where;
    String expected = TRIED.get(minor(version));
    if (scala.equals(expected)) {
      return Finding.ok(check, found);
    }
    return expected == null && version.startsWith("4.") && scala.equals("2.13")
        ? Finding.warn(check, found + ", which nobody has tried", "use " + SPARKS)
        : Finding.fail(check, found, "use " + SPARKS + ", on driver and executors");
  }

  static Finding hadoop(String version, boolean isForS3) {
    Matcher numbers = VERSION.matcher(version);
    boolean enough = false;
    if (numbers.matches()) {
      int compared = 0;
      for (int i = 0; i < HADOOP.size() && compared == 0; i++) {
        compared = Integer.compare(Integer.parseInt(numbers.group(i + 1)), HADOOP.get(i));
      }
      enough = compared >= 0;
    }
    if (enough) {
      return Finding.ok("hadoop", "Hadoop " + version);
    }
    String found = "Hadoop " + version + ", whose s3a has no conditional writes";
    return isForS3
        ? Finding.fail(
            "hadoop",
            found,
            "put Hadoop 3.4.2 or later first on the class path of driver and executors, as deploy/thresher does")
        : Finding.ok("hadoop", found + "; no address here is of s3a");
  }

  static Finding sparkHome(Optional<String> home) {
    if (home.isEmpty()) {
      return Finding.ok("spark-home", "SPARK_HOME is not set: Spark runs embedded");
    }
    Path folder = Path.of(home.get());
    if (!Files.isExecutable(folder.resolve("bin/spark-submit"))) {
      return Finding.fail(
          "spark-home",
          "SPARK_HOME is " + folder + ", without bin/spark-submit",
          "point it at " + SPARKS + ", or unset it to run embedded");
    }
    try (Stream<Path> jars = Files.list(folder.resolve("jars"))) {
      return jars.map(jar -> CORE.matcher(jar.getFileName().toString()))
          .filter(Matcher::matches)
          .findFirst()
          .map(core -> spark("spark-home", core.group(2), core.group(1), " in " + folder))
          .orElseGet(() -> unknown("no spark-core jar in " + folder + "/jars"));
    } catch (IOException e) {
      return unknown("cannot read " + folder + "/jars: " + e);
    }
  }

  private static Finding unknown(String found) {
    return Finding.warn("spark-home", found, "make sure that it is " + SPARKS);
  }
}
