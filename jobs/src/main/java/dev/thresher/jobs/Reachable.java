package dev.thresher.jobs;

import dev.thresher.jobs.config.Settings;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/** The store that the settings name, started if it is this process's own. */
final class Reachable {
  private Reachable() {}

  /** Starts the embedded server where the configuration wants it. */
  static Settings of(Settings settings, Optional<Path> home, Closer open) {
    if (!settings.store().embedded().enabled()) {
      return settings;
    }
    if (!Sessions.isLocal(settings.spark().master())) {
      throw new UsageException(
          "store.embedded.enabled is true and spark.master is "
              + settings.spark().master()
              + ": its executors cannot reach a server on this machine's loopback. Use a local"
              + " master, or a store of your own");
    }
    Path built =
        home.orElseThrow(
            () ->
                new UsageException(
                    "store.embedded.enabled needs the folder in which Thresher was built; start"
                        + " it with deploy/thresher"));
    LocalObjectStore server =
        LocalObjectStore.start(
            built,
            Path.of(settings.store().embedded().folder()),
            URI.create(settings.store().root()).getAuthority());
    open.later(server);
    return settings.reaching(server.settings());
  }
}
