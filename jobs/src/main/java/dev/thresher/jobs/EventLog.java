package dev.thresher.jobs;

import dev.thresher.jobs.config.Settings;
import dev.thresher.store.StoreLocation;
import java.io.IOException;
import java.net.URI;
import java.util.Map;
import java.util.Optional;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Where Spark's event log goes: what a history server shows of a run that has ended. */
final class EventLog {
  private static final Logger LOG = LoggerFactory.getLogger(EventLog.class);
  private static final String ENABLED = "spark.eventLog.enabled";
  private static final String FOLDER = "spark-events";

  private EventLog() {}

  /** Leaves alone what spark-submit or the configuration has said of it. */
  static void configure(SparkConf conf, Settings settings) {
    if (conf.contains(ENABLED)) {
      return;
    }
    Optional<String> folder = folder(settings);
    conf.set(ENABLED, Boolean.toString(folder.isPresent()));
    if (folder.isPresent()) {
      conf.setIfMissing("spark.eventLog.dir", folder.get());
      conf.setIfMissing("spark.eventLog.compress", "true");
      create(conf.get("spark.eventLog.dir"), conf, settings);
    }
  }

  /**
   * The configured folder. By itself it is beside the runs, where Spark reaches the store without
   * credentials; an S3 store's are not given to SparkConf, which pages and logs show.
   */
  private static Optional<String> folder(Settings settings) {
    String configured = settings.observe().eventLog();
    if (configured.equals("none")) {
      return Optional.empty();
    }
    if (!configured.equals("auto")) {
      return Optional.of(StoreLocation.of(configured, Map.of()).toString());
    }
    if (settings.store().embedded().enabled()) {
      String beside = settings.store().embedded().folder();
      return Optional.of(StoreLocation.of(beside, Map.of()) + "/" + FOLDER);
    }
    String root = StoreLocation.of(settings.store().root(), Map.of()).toString();
    return root.startsWith("s3a:") ? Optional.empty() : Optional.of(root + "/" + FOLDER);
  }

  /** Spark does not start where the folder is missing. */
  private static void create(String folder, SparkConf conf, Settings settings) {
    Configuration hadoop = new Configuration();
    Sessions.hadoopSettings(settings).forEach(hadoop::set);
    try {
      Path path = new Path(URI.create(folder));
      path.getFileSystem(hadoop).mkdirs(path);
    } catch (IOException e) {
      if (!settings.observe().eventLog().equals("auto")) {
        throw new BadInputException(
            "Cannot make observe.event-log, %s: %s; give another folder, or none"
                .formatted(folder, e),
            e);
      }
      LOG.warn("Spark's event log is off, since {} cannot be made: {}", folder, e.toString());
      conf.set(ENABLED, "false");
    }
  }
}
