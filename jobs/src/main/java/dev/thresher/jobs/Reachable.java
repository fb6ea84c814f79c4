package dev.thresher.jobs;

import dev.thresher.jobs.config.Settings;
import dev.thresher.store.StoreLocation;
import dev.thresher.store.StoreProbe;
import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/** The store that the settings name, started if it is this process's own. */
final class Reachable {
  private Reachable() {}

  /** The store, which answers and can be written; for commands that read and write nothing else. */
  static StoreLocation store(Settings settings, Closer open) {
    Settings reachable = of(settings, Installation.home(), open);
    StoreLocation location =
        StoreLocation.of(reachable.store().root(), Sessions.hadoopSettings(reachable));
    StoreProbe.check(location);
    return location;
  }

  /** Starts the embedded server where the configuration wants it. */
  static Settings of(Settings settings, Optional<Path> home, Closer open) {
    if (!settings.store().embedded().enabled()) {
      return settings;
    }
    String master = Sessions.master(settings);
    if (!Sessions.isLocal(master)) {
      throw new UsageException(
          "store.embedded.enabled is true and spark.master is "
              + master
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

  /**
   * A run's address, or its folder where the server that it went through ends with this process.
   */
  static String where(Settings settings, URI address) {
    if (!settings.store().embedded().enabled()) {
      return address.toString();
    }
    return LocalObjectStore.folder(
            Path.of(settings.store().embedded().folder()), address.getAuthority())
        + address.getPath();
  }
}
