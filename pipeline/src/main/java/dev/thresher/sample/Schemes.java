package dev.thresher.sample;

import java.net.URI;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;

/**
 * The kinds of stores that are read through Hadoop. A list of images comes from outside, and Hadoop
 * would follow an address in it anywhere: to a web server within a network, say. Which store it is,
 * and with which credentials, the user's own configuration says.
 */
final class Schemes {
  /** HDFS and its views, S3, Azure, Google, Ozone, and the stores of EMR and Databricks. */
  private static final Set<String> READ =
      Set.of(
          "hdfs", "viewfs", "s3a", "s3", "abfs", "abfss", "wasb", "wasbs", "gs", "ofs", "o3fs",
          "dbfs");

  private static final Pattern CREDENTIALS =
      Pattern.compile("^([A-Za-z][A-Za-z0-9+.-]*:/+)[^/@]*:[^/]*@");

  /** What is said of an address that holds a password. */
  static final String PASSWORD =
      "an address must not hold credentials; give them in the environment";

  private Schemes() {}

  /** Refuses an address of another kind, and one that holds a password. */
  static void check(Path path) throws UnreadableLocationException {
    URI uri = path.toUri();
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    if (!READ.contains(scheme)) {
      throw new UnreadableLocationException(
          "addresses of the scheme '%s' are not read; copy it to a folder, or to a store of one of the schemes %s"
              .formatted(scheme, String.join(", ", new TreeSet<>(READ))));
    }
    if (holdsPassword(path.toString())) {
      throw new UnreadableLocationException(PASSWORD);
    }
  }

  /** Whether an address says user and password, as Hadoop would use them. */
  static boolean holdsPassword(String address) {
    return CREDENTIALS.matcher(address).find();
  }

  /** The address as it may be shown. */
  static String withoutPassword(String address) {
    return CREDENTIALS.matcher(address).replaceFirst("$1***@");
  }
}
