package dev.thresher.jobs;

import dev.thresher.jobs.config.ConfigurationLoader;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Option;

/** The options with which a command line gives configuration. */
final class Sources {
  @Option(
      names = "--conf",
      paramLabel = "FILE",
      description = "A configuration file, or the name of one in conf/; later ones win.")
  private List<String> files = new ArrayList<>();

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "One value of the configuration; wins over all files.")
  private List<String> assignments = new ArrayList<>();

  void addTo(ConfigurationLoader loader) {
    files.forEach(loader::file);
    assignments.forEach(loader::set);
  }
}
