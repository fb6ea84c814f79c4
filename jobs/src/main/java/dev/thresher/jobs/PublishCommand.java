package dev.thresher.jobs;

import dev.thresher.jobs.config.ConfigurationLoader;
import dev.thresher.jobs.config.Settings;
import dev.thresher.publish.Publication;
import dev.thresher.publish.Publications;
import dev.thresher.store.RunStore;
import dev.thresher.store.StoreLocation;
import java.io.PrintStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Makes the model of an evaluated run the current one of its network. */
@Command(
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    description = {
      "Make the model of an evaluated run the current one of its network.",
      "",
      "Copies nothing: writes <store.root>/published/<network>.json, which names the model's objects"
          + " with size and SHA-256, and keeps what was there as history. The run is held against its"
          + " records and its quality gate first; evaluate.max-drop and evaluate.min-agreement given"
          + " here judge it anew. Publishing the current run again changes nothing.",
      "",
      "Exit codes: 0 published, 4 not evaluated or worse than its gate, 6 damaged, 2 bad usage,"
          + " 3 no such run or store.",
      ""
    })
final class PublishCommand implements Runnable, Debuggable {
  private final PrintStream out;

  @Option(names = "--run", paramLabel = "ID", required = true, description = "The run to publish.")
  private String run;

  @Option(names = "--json", description = "Print one JSON object and nothing else.")
  private boolean json;

  @Mixin private Sources sources = new Sources();

  @Option(names = "--debug", description = "On an error, print where it happened.")
  private boolean debug;

  PublishCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public boolean debug() {
    return debug;
  }

  @Override
  public void run() {
    ConfigurationLoader loader = new ConfigurationLoader(Installation.home());
    sources.addTo(loader);
    loader.value("run.id", run);
    Settings settings = loader.load().settings();
    try (Closer open = new Closer()) {
      StoreLocation location = Reachable.store(settings, open);
      Candidate candidate = Candidate.of(RunStore.open(location, run), loader);
      Publications publications = Publications.in(location);
      Publication published = publications.publish(candidate.network(), candidate.promotion());
      PublishedText text = new PublishedText(publications, settings);
      out.println(json ? text.json(published) : text.told(published));
    }
  }
}
