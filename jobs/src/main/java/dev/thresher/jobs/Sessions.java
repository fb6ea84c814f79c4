package dev.thresher.jobs;

import dev.thresher.engine.EngineMemory;
import dev.thresher.jobs.config.Secret;
import dev.thresher.jobs.config.Settings;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.sql.SparkSession;

/** Starts Spark when it is first asked for, and stops it. */
final class Sessions implements Supplier<SparkSession>, AutoCloseable {
  private static final String HADOOP = "spark.hadoop.";
  private static final String LOCAL_FOLDERS = "spark.local.dir";

  private static final String VECTORS = "jdk.incubator.vector";
  private static final String EXECUTOR_OPTIONS = "spark.executor.defaultJavaOptions";

  /** What Spark masks in its event log and on its pages: what is masked in print. */
  private static final String REDACTED = Secret.NAMES + "|JavaOptions";

  /** Defaults of ours; what the configuration or spark-submit says wins. */
  private static final Map<String, String> DEFAULTS =
      Map.of(
          "spark.ui.enabled",
          "false",
          "spark.metrics.namespace",
          "thresher",
          // Served where the UI is.
          "spark.metrics.conf.*.sink.prometheusServlet.class",
          "org.apache.spark.metrics.sink.PrometheusServlet",
          "spark.metrics.conf.*.sink.prometheusServlet.path",
          "/metrics/prometheus");

  private final Settings settings;
  private final String name;
  private final RunState state;
  private SparkSession session;

  Sessions(Settings settings, String name, RunState state) {
    this.settings = settings;
    this.name = name;
    this.state = state;
  }

  /** Hadoop's settings for everything that this configuration reaches, credentials included. */
  static SortedMap<String, String> hadoopSettings(Settings settings) {
    TreeMap<String, String> hadoop = new TreeMap<>(settings.store().s3().hadoopSettings());
    settings
        .spark()
        .properties()
        .forEach(
            (key, value) -> {
              if (key.startsWith(HADOOP)) {
                hadoop.put(key.substring(HADOOP.length()), value);
              }
            });
    return hadoop;
  }

  @Override
  public synchronized SparkSession get() {
    if (session == null) {
      // Properties that spark-submit was given are system properties, which SparkConf reads.
      SparkConf conf = new SparkConf().setAppName(name);
      conf.setIfMissing("spark.master", settings.spark().master());
      DEFAULTS.forEach(conf::setIfMissing);
      conf.setIfMissing("spark.sql.session.timeZone", "UTC");
      conf.setIfMissing("spark.redaction.regex", REDACTED);
      if (isLocal(conf.get("spark.master"))) {
        // Nobody else has to find this driver; a laptop's host name may not resolve.
        conf.setIfMissing("spark.driver.host", "127.0.0.1");
        conf.setIfMissing("spark.driver.bindAddress", "127.0.0.1");
        // Spark listens there all the same, and deserializes what comes: with a secret that it
        // makes
        // for this run, nobody else on the machine gets that far.
        conf.setIfMissing("spark.authenticate", "true");
      }
      settings
          .engineMemory()
          .ifPresent(
              bytes ->
                  conf.set(
                      "spark.executorEnv." + EngineMemory.LIMIT_VARIABLE, Long.toString(bytes)));
      settings.spark().properties().forEach(conf::set);
      giveExecutorsVectors(conf);
      if (isLocal(conf.get("spark.master"))) {
        conf.set(LOCAL_FOLDERS, Scratch.within(conf.get(LOCAL_FOLDERS, Scratch.USUAL)));
      }
      EventLog.configure(conf, settings);
      session = SparkSession.builder().config(conf).getOrCreate();
      // Set on the context, not on SparkConf: neither the UI nor the event log shows these.
      Configuration hadoop = session.sparkContext().hadoopConfiguration();
      settings.store().s3().hadoopSettings().forEach(hadoop::set);
      SparkEnv.get().metricsSystem().registerSource(new MetricsSource(state));
    }
    return session;
  }

  /** The module that oneDNN's passes need; Spark 3.5 starts executors without it. */
  static void giveExecutorsVectors(SparkConf conf) {
    String theirs = conf.get(EXECUTOR_OPTIONS, "");
    if (!(theirs + conf.get("spark.executor.extraJavaOptions", "")).contains(VECTORS)) {
      conf.set(EXECUTOR_OPTIONS, (theirs + " --add-modules=" + VECTORS).strip());
    }
  }

  /** Where Spark runs: spark-submit's own answer comes first, as it does for Spark. */
  static String master(Settings settings) {
    return System.getProperty("spark.master", settings.spark().master());
  }

  /** Holds the plans of this process to the configured limit. */
  static void limitEngineMemory(Settings settings) {
    EngineMemory.limit(settings.engineMemory().orElseGet(EngineMemory::automaticLimit));
  }

  /** Tasks that run side by side in this process; 0 where they run in others. */
  static int localTasks(String master) {
    if (!isLocal(master)) {
      return 0;
    }
    int open = master.indexOf('[');
    if (open < 0) {
      return 1;
    }
    String threads = master.substring(open + 1).split("[,\\]]", 2)[0].strip();
    return threads.equals("*")
        ? Runtime.getRuntime().availableProcessors()
        : Integer.parseInt(threads);
  }

  /** Whether this master computes in the driver's own process. */
  static boolean isLocal(String master) {
    return master.equals("local") || master.startsWith("local[");
  }

  @Override
  public synchronized void close() {
    if (session != null) {
      session.stop();
      session = null;
    }
  }
}
