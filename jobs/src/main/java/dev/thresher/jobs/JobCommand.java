package dev.thresher.jobs;

import dev.thresher.checkpoint.ForkPoint;
import dev.thresher.evaluate.Summary;
import dev.thresher.jobs.config.Configuration;
import dev.thresher.jobs.config.ConfigurationLoader;
import dev.thresher.jobs.config.Settings;
import dev.thresher.jobs.stages.Summaries;
import dev.thresher.store.RunStore;
import dev.thresher.store.StoreLocation;
import dev.thresher.store.StoreProbe;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** A job as the command line gives it. */
@Command(mixinStandardHelpOptions = true, versionProvider = Version.class)
final class JobCommand implements Runnable, Debuggable {
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

  private final Job job;
  private final List<Stage> allStages;
  private final PrintStream out;
  private final PrintStream err;

  @Mixin private Sources sources = new Sources();

  @Option(
      names = "--run",
      paramLabel = "ID",
      description = "The run to begin or to continue; [A-Za-z0-9._-], at most 80.")
  private Optional<String> run = Optional.empty();

  @Option(
      names = "--master",
      paramLabel = "URL",
      description = "Spark's master, such as local[4] or spark://HOST:7077.")
  private Optional<String> master = Optional.empty();

  @Option(
      names = "--fork",
      paramLabel = "RUN[@ROUND]",
      description =
          "Begin a new run with the scales of another one's checkpoint (default: the newest).")
  private Optional<String> fork = Optional.empty();

  @Option(
      names = "--dry-run",
      description = "Check everything that can be checked without work, print the configuration.")
  private boolean dryRun;

  @Option(
      names = "--json",
      description = "Print the results as one JSON object and nothing else on standard output.")
  private boolean json;

  @Option(names = "--debug", description = "On an error, print where it happened.")
  private boolean debug;

  JobCommand(Job job, List<Stage> allStages, PrintStream out, PrintStream err) {
    this.job = job;
    this.allStages = allStages;
    this.out = out;
    this.err = err;
  }

  @Override
  public boolean debug() {
    return debug;
  }

  @Override
  public void run() {
    Optional<Path> home = Installation.home();
    ConfigurationLoader loader = loader(home);
    Settings first = loader.load().settings();
    String id = runId(first);
    loader.value("run.id", id);
    if (job == Job.QUICKSTART && first.model().path().isEmpty()) {
      err.println("quickstart: drawing pictures for a small network into thresher-data/quickstart");
      Quickstart.prepare().forEach(loader::value);
    }
    try (Closer open = new Closer()) {
      Settings reachable = Reachable.of(first, home, open);
      StoreLocation location =
          StoreLocation.of(first.store().root(), Sessions.hadoopSettings(reachable));
      StoreProbe.check(location);
      RunStore store =
          job == Job.ABLATE ? RunStore.ablation(location, id) : RunStore.open(location, id);
      Optional<String> stored = Runner.storedConfiguration(store);
      fork.map(from -> forkPoint(from, store, stored))
          .ifPresent(point -> loader.value("finetune.fork", point));
      stored.ifPresent(loader::continuing);
      Configuration configuration = loader.load();
      Settings settings = configuration.settings().reaching(reachable.store().s3());
      Sessions.limitEngineMemory(settings);
      RunState state = new RunState(id, job.id());
      Progress progress = open.later(new Progress(err, settings.progress().interval(), state));
      Telemetry telemetry = open.later(new Telemetry(state, settings.observe()));
      String name = "thresher " + job.id() + " " + id;
      Sessions sessions = open.later(new Sessions(settings, name, state));
      execute(new Context(configuration, settings, store, sessions, progress, telemetry, home));
    }
  }

  /** A run that exists keeps the round that it was begun with. */
  private static String forkPoint(String from, RunStore store, Optional<String> stored) {
    if (from.contains("@")) {
      return ForkPoint.parse(from).toString();
    }
    if (!RunStore.isRunId(from)) {
      throw new UsageException("--fork takes RUN or RUN@ROUND, not '" + from + "'");
    }
    return stored
        .flatMap(Configuration::forkOf)
        .filter(point -> point.startsWith(from + "@"))
        .orElseGet(() -> ForkPoint.newest(store.sibling(from)).toString());
  }

  private void execute(Context context) {
    Configuration configuration = context.configuration();
    URI address = context.store().address();
    Runner runner = new Runner(context);
    List<Stage> stages = job.stages(allStages);
    runner.requireKeys(job, stages);
    if (dryRun) {
      PrintStream shown = json ? err : out;
      shown.print(configuration.print());
      shown.println("# configuration sha256 " + configuration.hash());
      runner.validate(job, stages);
      shown.println("# dry run: all checks passed; " + job.id() + " would write to " + address);
      if (json) {
        out.println(new Conclusion(job, context, List.of()).json());
      }
      return;
    }
    Configuration plain = new ConfigurationLoader(context.home()).load();
    configuration.linesUnlike(plain).forEach(err::println);
    err.println("# all keys: config.conf of the run, SHA-256 " + configuration.hash());
    err.println(job.id() + ": run " + context.store().runId() + " in " + address);
    conclude(context, runner, stages);
  }

  private void conclude(Context context, Runner runner, List<Stage> stages) {
    RunState state = context.progress().state();
    Conclusion conclusion = new Conclusion(job, context, stages);
    Optional<Summary> summary;
    try {
      runner.run(job, stages);
      summary = conclusion.isEvaluated() ? Optional.of(Summaries.read(context)) : Optional.empty();
    } catch (RuntimeException e) {
      state.ends(RunState.Phase.FAILED);
      throw e;
    }
    summary.ifPresent(
        figures ->
            state.evaluated(
                new RunState.Figures(
                    figures.quantizedTop1().orElse(Double.NaN),
                    figures.floatTop1().orElse(Double.NaN),
                    figures.agreement().orElse(Double.NaN))));
    state.ends(RunState.Phase.DONE);
    out.println(json ? conclusion.json() : conclusion.text());
    summary.ifPresent(figures -> Summaries.judge(figures, context.settings().evaluate()));
  }

  private ConfigurationLoader loader(Optional<Path> home) {
    ConfigurationLoader loader = new ConfigurationLoader(home);
    job.overlay().ifPresent(loader::file);
    sources.addTo(loader);
    master.ifPresent(url -> loader.value("spark.master", url));
    run.ifPresent(id -> loader.value("run.id", id));
    return loader;
  }

  private String runId(Settings settings) {
    if (settings.run().id().isPresent()) {
      return settings.run().id().get();
    }
    if (!job.beginsARun()) {
      throw new UsageException(
          "Job " + job.id() + " continues a run; name it: thresher " + job.id() + " --run ID");
    }
    byte[] random = new byte[2];
    new SecureRandom().nextBytes(random);
    return job.id() + "-" + STAMP.format(Instant.now()) + "-" + HexFormat.of().formatHex(random);
  }
}
