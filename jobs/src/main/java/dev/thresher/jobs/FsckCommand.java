package dev.thresher.jobs;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thresher.jobs.config.ConfigurationLoader;
import dev.thresher.jobs.config.Settings;
import dev.thresher.publish.Publication;
import dev.thresher.publish.Publications;
import dev.thresher.publish.PublishedHistory;
import dev.thresher.store.RunStore;
import dev.thresher.store.StoreLocation;
import dev.thresher.store.StoredObject;
import dev.thresher.store.WriterRecord;
import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Holds a run's objects against its records; removes, if asked to, what no record names. */
@Command(
    name = "fsck",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    description = {
      "Check every object of a run against its commit record, and list what no record names.",
      "",
      "Exit codes: 0 all that records name is whole, 6 something is damaged or gone, 2 bad usage,"
          + " 3 no such run or store.",
      ""
    })
final class FsckCommand implements Callable<Integer>, Debuggable {
  private final PrintStream out;
  private final PrintStream err;
  private final Ansi ansi;

  @Mixin private Sources sources = new Sources();

  @Option(names = "--run", paramLabel = "ID", required = true, description = "The run to check.")
  private String run;

  @Option(
      names = "--repair",
      description =
          "Remove orphans, and nothing else, after having listed them; nothing at all while anything"
              + " is damaged. The run is taken over first, so that no job that still lives can name one"
              + " of them.")
  private boolean repair;

  @Option(
      names = "--grace",
      paramLabel = "MINUTES",
      description = "Repair only a run that nobody has written to for so long (default: 60).")
  private int graceMinutes = 60;

  @Option(names = "--json", description = "Print the findings as JSON.")
  private boolean json;

  @Option(names = "--debug", description = "On an error, print where it happened.")
  private boolean debug;

  FsckCommand(PrintStream out, PrintStream err, Ansi ansi) {
    this.out = out;
    this.err = err;
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
    loader.value("run.id", run);
    Settings settings = loader.load().settings();
    try (Closer open = new Closer()) {
      StoreLocation location = Reachable.store(settings, open);
      RunStore store = RunStore.open(location, run);
      List<PublishedHistory> published = Publications.in(location).histories();
      Inspection.Findings findings = Inspection.of(store, published);
      if (findings.all().isEmpty()) {
        throw new BadInputException("There is no run " + run + " in " + location);
      }
      List<StoredObject> removed = repair ? repair(store, findings, published) : List.of();
      print(store, findings, removed);
      if (repair && !findings.damaged().isEmpty()) {
        throw new DamagedException(
            "Cannot repair run %s: it is damaged, so an orphan may be what a lost record named. Nothing was removed. Put back what is named above, or begin a new run: --run %s"
                .formatted(run, Runner.successor(run)));
      }
      return (findings.damaged().isEmpty() ? ExitCode.DONE : ExitCode.DAMAGED).status();
    }
  }

  private List<StoredObject> repair(
      RunStore store, Inspection.Findings before, List<PublishedHistory> published) {
    if (before.orphans().isEmpty() || !before.damaged().isEmpty()) {
      return List.of();
    }
    if (store.history().isOfEarlierRelease()) {
      throw new BadInputException(
          "Cannot repair run %s: an earlier release of Thresher made it, whose records do not name each other, so that a lost one cannot be seen. Repair it with that release"
              .formatted(run));
    }
    Instant quietSince = Instant.now().minus(Duration.ofMinutes(graceMinutes));
    Optional<StoredObject> recent =
        before.all().stream().filter(object -> object.modified().isAfter(quietSince)).findFirst();
    if (recent.isPresent()) {
      throw new BadInputException(
          "Cannot repair run "
              + run
              + ": "
              + recent.get().key()
              + " was written at "
              + recent.get().modified()
              + ", so a job may be working on it. Wait, or, if none does, give a shorter --grace");
    }
    WriterRecord self = WriterRecord.ofThisProcess(UUID.randomUUID().toString());
    RunStore taken =
        store.takeOver(store.readIfPresent(RunStore.CONFIGURATION).map(self::by).orElse(self));
    // What was named in the meantime is no orphan any more.
    Inspection.Findings now = Inspection.of(taken, published);
    if (!now.damaged().isEmpty()) {
      throw Candidate.damaged(store, now.damaged());
    }
    List<StoredObject> orphans = new ArrayList<>(now.orphans());
    orphans.retainAll(before.orphans());
    orphans.forEach(orphan -> (json ? err : out).println("removes: " + told(orphan)));
    orphans.forEach(taken::deleteOrphan);
    return orphans;
  }

  private void print(RunStore store, Inspection.Findings findings, List<StoredObject> removed) {
    List<StoredObject> left = new ArrayList<>(findings.orphans());
    left.removeAll(removed);
    if (json) {
      out.println(json(store, findings, left, removed).toPrettyString());
      return;
    }
    out.printf(
        "fsck %s: %d records, %d objects of %d bytes are whole%n",
        store, findings.records(), findings.objects(), findings.bytes());
    store.lastWriter().ifPresent(writer -> out.println("last writer: " + writer));
    findings
        .published()
        .forEach(
            version ->
                out.printf("published as %s, version %d%n", version.network(), version.version()));
    String damaged = ansi.string("@|bold,red damaged:|@ ");
    findings.damaged().forEach(what -> out.println(damaged + Printable.line(what)));
    findings.notes().forEach(note -> out.println("note: " + Printable.line(note)));
    left.forEach(orphan -> out.println("orphan: " + told(orphan)));
    removed.forEach(orphan -> out.println("removed: " + told(orphan)));
  }

  private static String told(StoredObject object) {
    return Printable.line(object.key()) + ", " + object.size() + " bytes of " + object.modified();
  }

  private static ObjectNode json(
      RunStore store,
      Inspection.Findings findings,
      List<StoredObject> left,
      List<StoredObject> removed) {
    ObjectNode root = new ObjectMapper().createObjectNode();
    root.put("run", store.runId()).put("address", store.address().toString());
    root.put("records", findings.records());
    root.put("objects", findings.objects()).put("bytes", findings.bytes());
    findings.damaged().forEach(root.putArray("damaged")::add);
    findings.notes().forEach(root.putArray("notes")::add);
    ArrayNode published = root.putArray("published");
    for (Publication version : findings.published()) {
      published.addObject().put("network", version.network()).put("version", version.version());
    }
    list(root.putArray("orphans"), left);
    list(root.putArray("removed"), removed);
    return root;
  }

  private static void list(ArrayNode array, List<StoredObject> objects) {
    for (StoredObject object : objects) {
      array
          .addObject()
          .put("key", object.key())
          .put("size", object.size())
          .put("modified", object.modified().toString());
    }
  }
}
