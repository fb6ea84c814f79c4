package dev.thresher.jobs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.hadoop.util.VersionInfo;

/** What Thresher needs of Spark and Hadoop: those on the class path, and those of SPARK_HOME. */
final class ClusterChecks {
  /** The newest minor version that is built and tested against. */
  private static final String SPARK = "3.5.";

  private static final String SCALA = "2.12";

  /** The first Hadoop whose s3a has conditional writes. */
  private static final List<Integer> HADOOP = List.of(3, 4, 2);

  private static final Pattern CORE = Pattern.compile("spark-core_([0-9.]+)-([0-9].*)\\.jar");
  private static final Pattern VERSION = Pattern.compile("(\\d+)\\.(\\d+)\\.(\\d+).*");

  private ClusterChecks() {}

  static List<Finding> all(Map<String, String> environment) {
    return List.of(
        spark(),
        hadoop(VersionInfo.getVersion()),
        sparkHome(Optional.ofNullable(environment.get("SPARK_HOME"))));
  }

  private static Finding spark() {
    return spark("spark", org.apache.spark.package$.MODULE$.SPARK_VERSION(), SCALA, "");
  }

  private static Finding spark(String check, String version, String scala, String where) {
    String found = "Spark " + version + " for Scala " + scala + where;
    return version.startsWith(SPARK) && scala.equals(SCALA)
        ? Finding.ok(check, found)
        : Finding.fail(
            check,
            found,
            "use a Spark " + SPARK + "x for Scala " + SCALA + ", on driver and executors");
  }

  static Finding hadoop(String version) {
    Matcher numbers = VERSION.matcher(version);
    boolean enough = false;
    if (numbers.matches()) {
      int compared = 0;
      for (int i = 0; i < HADOOP.size() && compared == 0; i++) {
        compared = Integer.compare(Integer.parseInt(numbers.group(i + 1)), HADOOP.get(i));
      }
      enough = compared >= 0;
    }
    return enough
        ? Finding.ok("hadoop", "Hadoop " + version)
        : Finding.fail(
            "hadoop",
            "Hadoop " + version + ", whose s3a has no conditional writes",
            "put Hadoop 3.4.2 or later first on the class path of driver and executors, as deploy/thresher does");
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
          "point it at a Spark " + SPARK + "x, or unset it to run embedded");
    }
    try (Stream<Path> jars = Files.list(folder.resolve("jars"))) {
      return jars.map(jar -> CORE.matcher(jar.getFileName().toString()))
          .filter(Matcher::matches)
          .findFirst()
          .map(core -> spark("spark-home", core.group(2), core.group(1), " in " + folder))
          .orElseGet(
              () ->
                  Finding.warn(
                      "spark-home",
                      "no spark-core jar in " + folder + "/jars",
                      "make sure that it is a Spark " + SPARK + "x for Scala " + SCALA));
    } catch (IOException e) {
      return Finding.warn(
          "spark-home",
          "cannot read " + folder + "/jars: " + e,
          "make sure that it is a Spark " + SPARK + "x for Scala " + SCALA);
    }
  }
}
