package dev.thresher.jobs;

import dev.thresher.jobs.config.Configuration;
import dev.thresher.jobs.config.EngineChoice;
import dev.thresher.jobs.config.Settings;
import dev.thresher.store.RunStore;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.apache.spark.sql.SparkSession;

/** What a stage works with. */
public final class Context {
  private final Configuration configuration;
  private final Settings settings;
  private final RunStore store;
  private final Supplier<SparkSession> spark;
  private final Progress progress;
  private final Telemetry telemetry;
  private final Optional<Path> home;
  private final Map<String, Object> memory;

  Context(
      Configuration configuration,
      Settings settings,
      RunStore store,
      Supplier<SparkSession> spark,
      Progress progress,
      Telemetry telemetry,
      Optional<Path> home) {
    this(
        configuration,
        settings,
        store,
        spark,
        progress,
        telemetry,
        home,
        new ConcurrentHashMap<>());
  }

  private Context(
      Configuration configuration,
      Settings settings,
      RunStore store,
      Supplier<SparkSession> spark,
      Progress progress,
      Telemetry telemetry,
      Optional<Path> home,
      Map<String, Object> memory) {
    this.configuration = configuration;
    this.settings = settings;
    this.store = store;
    this.spark = spark;
    this.progress = progress;
    this.telemetry = telemetry;
    this.home = home;
    this.memory = memory;
  }

  /** The same, writing through this store. */
  Context writing(RunStore taken) {
    return new Context(configuration, settings, taken, spark, progress, telemetry, home, memory);
  }

  /** Another run in the same process: it reaches the same store and remembers the same. */
  Context beside(Configuration other, RunStore otherStore) {
    Settings reaching = other.settings().reaching(settings.store().s3());
    return new Context(other, reaching, otherStore, spark, progress, telemetry, home, memory);
  }

  /**
   * What this process has made before under this name, or makes now: for what does not depend on
   * more than the name says, and is dear.
   */
  public <T> T remembered(String name, Class<T> type, Supplier<T> source) {
    return type.cast(memory.computeIfAbsent(name, unknown -> source.get()));
  }

  /** The configuration as printed and hashed. */
  public Configuration configuration() {
    return configuration;
  }

  /** The checked values; the store's are those of the embedded server where that is used. */
  public Settings settings() {
    return settings;
  }

  /** The run's objects. */
  public RunStore store() {
    return store;
  }

  /** Spark, started at the first call and reaching s3a as the settings say. */
  public SparkSession spark() {
    return spark.get();
  }

  /** Hadoop's settings for all addresses that the configuration names, credentials included. */
  public SortedMap<String, String> hadoopSettings() {
    return Sessions.hadoopSettings(settings);
  }

  /** Tasks that run side by side in this process; 0 where they run in others. */
  public int localTasks() {
    return Sessions.localTasks(Sessions.master(settings));
  }

  /**
   * The engine to select here and in tasks. On a cluster {@code auto} is oneDNN: a machine without
   * it must end the job and say so, and not compute with another engine, many times slower.
   */
  public String engine() {
    boolean isFast = settings.engine() == EngineChoice.AUTO && localTasks() == 0;
    return (isFast ? EngineChoice.ONEDNN : settings.engine()).id();
  }

  /** Where to tell how far the work is. */
  public Progress progress() {
    return progress;
  }

  /** What tells others where the run stands. */
  Telemetry telemetry() {
    return telemetry;
  }

  /** The folder that Thresher was built in, if it runs from there. */
  public Optional<Path> home() {
    return home;
  }

  /** What an earlier stage of this run has committed. */
  public StageRecord committed(String stage) {
    return committedIfAny(stage)
        .orElseThrow(
            () ->
                new BadInputException(
                    "Run "
                        + store.runId()
                        + " has no "
                        + stage
                        + " yet in "
                        + store.address()
                        + "; do it first: thresher "
                        + stage
                        + " --run "
                        + store.runId()));
  }

  /** What an earlier stage of this run has committed, if it has. */
  public Optional<StageRecord> committedIfAny(String stage) {
    String key = StageRecord.key(stage);
    return store.record(key).map(bytes -> StageRecord.fromJson(key, bytes));
  }
}
