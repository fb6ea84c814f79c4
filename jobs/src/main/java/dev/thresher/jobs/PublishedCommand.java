package dev.thresher.jobs;

import dev.thresher.jobs.config.ConfigurationLoader;
import dev.thresher.jobs.config.Settings;
import dev.thresher.publish.Publications;
import dev.thresher.publish.PublishedHistory;
import java.io.PrintStream;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Lists what is published. */
@Command(
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    sortOptions = false,
    description = {
      "List what is published, or the history of one network.",
      "",
      "Exit codes: 0 listed, 6 a record of the history is damaged or gone, 2 bad usage, 3 no such"
          + " store.",
      ""
    })
final class PublishedCommand implements Callable<Integer>, Debuggable {
  private final PrintStream out;
  private final PrintStream err;

  @Option(
      names = "--network",
      paramLabel = "NAME",
      description = "Show all versions of this network, the newest first.")
  private Optional<String> network = Optional.empty();

  @Option(names = "--json", description = "Print one JSON object and nothing else.")
  private boolean json;

  @Mixin private Sources sources = new Sources();

  @Option(names = "--debug", description = "On an error, print where it happened.")
  private boolean debug;

  PublishedCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  @Override
  public boolean debug() {
    return debug;
  }

  @Override
  public Integer call() {
    ConfigurationLoader loader = new ConfigurationLoader(Installation.home());
    sources.addTo(loader);
    Settings settings = loader.load().settings();
    try (Closer open = new Closer()) {
      Publications publications = Publications.in(Reachable.store(settings, open));
      List<PublishedHistory> all =
          publications.histories().stream()
              .filter(history -> network.isEmpty() || network.get().equals(history.network()))
              .toList();
      if (network.isPresent() && all.isEmpty()) {
        throw new BadInputException(
            "Nothing is published as '%s'; 'thresher published' lists what is"
                .formatted(Printable.line(network.get())));
      }
      PublishedText text = new PublishedText(publications, settings);
      out.println(
          json ? text.json(all) : network.isPresent() ? text.history(all.get(0)) : text.list(all));
      List<String> damaged = all.stream().flatMap(history -> history.damaged().stream()).toList();
      damaged.forEach(what -> err.println("damaged: " + Printable.line(what)));
      return (damaged.isEmpty() ? ExitCode.DONE : ExitCode.DAMAGED).status();
    }
  }
}
