package dev.thresher.jobs;

import dev.thresher.jobs.config.ConfigurationLoader;
import dev.thresher.jobs.config.Settings;
import dev.thresher.publish.Publication;
import dev.thresher.publish.Publications;
import dev.thresher.publish.PublishedHistory;
import dev.thresher.store.AlreadyCommittedException;
import dev.thresher.store.RunStore;
import dev.thresher.store.StoreLocation;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Sets back what is published for a network. */
@Command(
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    description = {
      "Make the model that was published before the current one again.",
      "",
      "The objects are held against their hashes first. A rollback is a new version of the history;"
          + " rolling back twice goes back two steps.",
      "",
      "Exit codes: 0 rolled back, 3 nothing to go back to, 5 somebody else published in the same"
          + " moment, 6 the earlier model is damaged or gone, 2 bad usage.",
      ""
    })
final class RollbackCommand implements Runnable, Debuggable {
  private final PrintStream out;

  @Option(
      names = "--network",
      paramLabel = "NAME",
      required = true,
      description = "The network, as 'thresher published' lists it.")
  private String network;

  @Option(
      names = "--to",
      paramLabel = "RUN",
      description = "Go back to this run (default: the one before).")
  private Optional<String> to = Optional.empty();

  @Option(names = "--json", description = "Print one JSON object and nothing else.")
  private boolean json;

  @Mixin private Sources sources = new Sources();

  @Option(names = "--debug", description = "On an error, print where it happened.")
  private boolean debug;

  RollbackCommand(PrintStream out) {
    this.out = out;
  }

  @Override
  public boolean debug() {
    return debug;
  }

  @Override
  public void run() {
    if (!Publications.isName(network)) {
      throw new UsageException("--network takes a name of [A-Za-z0-9._-], not '" + network + "'");
    }
    ConfigurationLoader loader = new ConfigurationLoader(Installation.home());
    sources.addTo(loader);
    Settings settings = loader.load().settings();
    try (Closer open = new Closer()) {
      StoreLocation location = Reachable.store(settings, open);
      Publications publications = Publications.in(location);
      PublishedHistory history = publications.history(network);
      Publication earlier = to.map(history::of).orElseGet(history::previous);
      requireWhole(RunStore.open(location, earlier.promotion().run()), earlier);
      Publication restored = restore(publications, history, earlier);
      PublishedText text = new PublishedText(publications, settings);
      out.println(json ? text.json(restored) : text.told(restored));
    }
  }

  private static void requireWhole(RunStore store, Publication earlier) {
    List<String> damage = Inspection.damage(store, earlier.promotion().objects());
    if (!damage.isEmpty()) {
      throw Candidate.damaged(store, damage);
    }
  }

  private static Publication restore(
      Publications publications, PublishedHistory history, Publication earlier) {
    try {
      return publications.restore(history, earlier);
    } catch (AlreadyCommittedException e) {
      throw new PublishedMeanwhileException(
          "Somebody else published %s in this moment, after version %d; nothing was rolled back. See 'thresher published --network %s', then decide again"
              .formatted(history.network(), history.newest(), history.network()));
    }
  }
}
