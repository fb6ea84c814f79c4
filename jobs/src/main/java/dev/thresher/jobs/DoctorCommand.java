package dev.thresher.jobs;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thresher.jobs.config.ConfigurationLoader;
import dev.thresher.jobs.config.Settings;
import dev.thresher.store.StoreException;
import dev.thresher.store.StoreLocation;
import dev.thresher.store.StoreProbe;
import java.io.PrintStream;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Looks whether this machine and the store can do the work, and says what to do. */
@Command(
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    description = {
      "Check Java, engine, memory, disk, Spark, Hadoop and the store, and say what to do.",
      "",
      "Takes the configuration of a run. Leaves at most one small object at the store's root.",
      "",
      "Exit codes: 0 all is well, or could only be better; 3 something must be put right first; 2 bad"
          + " usage or configuration.",
      ""
    })
final class DoctorCommand implements Callable<Integer>, Debuggable {
  private final PrintStream out;
  private final Ansi ansi;

  @Option(
      names = "--master",
      paramLabel = "URL",
      description =
          "Spark's master: checks what its driver has, through SPARK_HOME's spark-submit.")
  private Optional<String> master = Optional.empty();

  @Option(names = "--json", description = "Print one JSON object and nothing else.")
  private boolean json;

  @Mixin private Sources sources = new Sources();

  @Option(names = "--debug", description = "On an error, print where it happened.")
  private boolean debug;

  DoctorCommand(PrintStream out, Ansi ansi) {
    this.out = out;
    this.ansi = ansi;
  }

  @Override
  public boolean debug() {
    return debug;
  }

  @Override
  public Integer call() {
    ConfigurationLoader loader = new ConfigurationLoader(Installation.home());
    sources.addTo(loader);
    master.ifPresent(url -> loader.value("spark.master", url));
    Settings settings = loader.load().settings();
    List<Finding> findings = new ArrayList<>(MachineChecks.all());
    findings.addAll(ClusterChecks.all(System.getenv(), settings));
    findings.addAll(store(settings));
    boolean failed = findings.stream().anyMatch(f -> f.state() == Finding.State.FAIL);
    out.println(json ? json(findings, failed) : table(findings));
    return (failed ? ExitCode.INPUT : ExitCode.DONE).status();
  }

  private static List<Finding> store(Settings settings) {
    List<Finding> findings = new ArrayList<>();
    try (Closer open = new Closer()) {
      Settings reachable = Reachable.of(settings, Installation.home(), open);
      String endpoint = reachable.store().s3().endpoint();
      boolean remote = reachable.store().root().startsWith("s3a:");
      if (remote && !endpoint.isEmpty()) {
        ClockCheck.of(URI.create(endpoint)).ifPresent(findings::add);
      }
      long begin = System.nanoTime();
      StoreLocation location =
          StoreLocation.of(reachable.store().root(), Sessions.hadoopSettings(reachable));
      StoreProbe.check(location);
      double seconds = (System.nanoTime() - begin) / 1e9;
      findings.add(Finding.ok("store", told(location, seconds)));
    } catch (StoreException | UsageException e) {
      findings.add(
          Finding.fail(
              "store", e.getMessage(), "set store.root, and store.s3.* or the AWS_* variables"));
    }
    return findings;
  }

  private static String told(StoreLocation location, double seconds) {
    String can =
        location.toString().startsWith("file:")
            ? "can be written"
            : "reads, writes, and creates a record only once";
    return String.format(Locale.ROOT, "%s %s (%.1f s)", location, can, seconds);
  }

  private String table(List<Finding> findings) {
    StringBuilder table = new StringBuilder();
    for (Finding finding : findings) {
      String colour =
          switch (finding.state()) {
            case OK -> "green";
            case WARN -> "bold,yellow";
            case FAIL -> "bold,red";
          };
      String state = "%-4s".formatted(Settings.name(finding.state()));
      table.append(ansi.string("@|" + colour + " " + state + "|@"));
      table.append(" %-10s %s%n".formatted(finding.check(), Printable.line(finding.found())));
      if (!finding.advice().isEmpty()) {
        table.append(" ".repeat(16)).append("-> ").append(finding.advice());
        table.append(System.lineSeparator());
      }
    }
    return table.toString().stripTrailing();
  }

  private static String json(List<Finding> findings, boolean failed) {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("ok", !failed);
    for (Finding finding : findings) {
      root.withArray("/checks")
          .addObject()
          .put("check", finding.check())
          .put("state", Settings.name(finding.state()))
          .put("found", finding.found())
          .put("advice", finding.advice());
    }
    return root.toPrettyString();
  }
}
