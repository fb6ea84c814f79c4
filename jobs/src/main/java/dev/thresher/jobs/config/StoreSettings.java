package dev.thresher.jobs.config;

import dev.thresher.store.StoreLocation;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Where runs are written, and how that place is reached. */
public record StoreSettings(String root, S3 s3, Embedded embedded) {

  /** How s3a addresses are reached; empty texts are not set. */
  public record S3(
      String endpoint,
      String region,
      Secret accessKey,
      Secret secretKey,
      Secret sessionToken,
      boolean pathStyle) {

    /**
     * How long s3a tries: each request five times, and what failed then seven times with pauses
     * that double from half a second (about a minute in all), throttling twenty times from 100 ms;
     * a connection that is not made in 15 s, or silent for 60 s, counts as failed.
     */
    private static final Map<String, String> PATIENCE =
        Map.of(
            "fs.s3a.attempts.maximum", "5",
            "fs.s3a.retry.limit", "7",
            "fs.s3a.retry.interval", "500ms",
            "fs.s3a.retry.throttle.limit", "20",
            "fs.s3a.retry.throttle.interval", "100ms",
            "fs.s3a.connection.establish.timeout", "15s",
            "fs.s3a.connection.timeout", "60s");

    /** The same as Hadoop's own keys; {@code spark.hadoop.*} of the configuration wins. */
    public SortedMap<String, String> hadoopSettings() {
      TreeMap<String, String> settings = new TreeMap<>();
      settings.put("fs.s3a.path.style.access", Boolean.toString(pathStyle));
      settings.putAll(PATIENCE);
      // The default of Hadoop 3.4.3, "analytics", reads past s3a's retries: one answer of 503 too
      // many ends the read. It also keeps what it has read, which nobody here reads twice.
      settings.put("fs.s3a.input.stream.type", "classic");
      // The temporary file of an upload would need hadoop.tmp.dir; the objects are small.
      settings.put("fs.s3a.fast.upload.buffer", "bytebuffer");
      if (!endpoint.isEmpty()) {
        settings.put("fs.s3a.endpoint", endpoint);
      }
      if (!region.isEmpty()) {
        settings.put("fs.s3a.endpoint.region", region);
      }
      if (accessKey.isPresent()) {
        settings.put("fs.s3a.access.key", accessKey.reveal());
        settings.put("fs.s3a.secret.key", secretKey.reveal());
        String provider = "SimpleAWSCredentialsProvider";
        if (sessionToken.isPresent()) {
          settings.put("fs.s3a.session.token", sessionToken.reveal());
          provider = "TemporaryAWSCredentialsProvider";
        }
        settings.put("fs.s3a.aws.credentials.provider", "org.apache.hadoop.fs.s3a." + provider);
      }
      return settings;
    }
  }

  /** A local S3 server that the job itself starts. */
  public record Embedded(boolean enabled, String folder) {}

  static StoreSettings read(KeyReader keys) {
    S3 s3 =
        new S3(
            keys.text("store.s3.endpoint"),
            keys.text("store.s3.region"),
            keys.secret("store.s3.access-key"),
            keys.secret("store.s3.secret-key"),
            keys.secret("store.s3.session-token"),
            keys.flag("store.s3.path-style"));
    if (s3.accessKey().isPresent() != s3.secretKey().isPresent()) {
      keys.problem(
          "store.s3.access-key and store.s3.secret-key go together: one is set, the other is not");
    }
    Embedded embedded =
        new Embedded(keys.flag("store.embedded.enabled"), keys.location("store.embedded.folder"));
    String root = keys.location("store.root");
    checkRoot(root, embedded, keys);
    return new StoreSettings(root, s3, embedded);
  }

  private static void checkRoot(String root, Embedded embedded, KeyReader keys) {
    try {
      StoreLocation.of(root, Map.of());
    } catch (IllegalArgumentException e) {
      keys.problem("store.root: " + e.getMessage());
    }
    if (embedded.enabled() && !root.startsWith("s3a://")) {
      keys.problem("store.root", root, "s3a://BUCKET/PREFIX when store.embedded.enabled is true");
    }
  }
}
