package dev.thresher.publish;

import dev.thresher.store.StoreException;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * All that was published for a network.
 *
 * @param network its name
 * @param newest the greatest number that is taken, whole or not; 0 where nothing was published
 * @param versions those that are whole, the oldest first
 * @param damaged what is wrong with the others, one sentence each
 */
public record PublishedHistory(
    String network, int newest, List<Publication> versions, List<String> damaged) {
  /** Copies. */
  public PublishedHistory {
    versions = List.copyOf(versions);
    damaged = List.copyOf(damaged);
  }

  /** The newest version that is whole: what is published now. */
  public Optional<Publication> current() {
    return versions.stream().max(Comparator.comparingInt(Publication::version));
  }

  /**
   * What was published before the current version came. A rollback counts as the version that it
   * went back to, so that rolling back twice goes back two steps.
   *
   * @throws StoreException where there is none
   */
  public Publication previous() {
    Publication now = current().orElseThrow(this::nothing);
    int since = now.restores().orElse(now.version());
    Publication before =
        versions.stream()
            .filter(v -> v.version() < since)
            .max(Comparator.comparingInt(Publication::version))
            .orElseThrow(
                () ->
                    new StoreException(
                        "Cannot roll back %s: nothing was published before run %s"
                            .formatted(network, now.promotion().run())));
    return origin(before);
  }

  /**
   * The newest version of this run.
   *
   * @throws StoreException where the run was never published for this network
   */
  public Publication of(String run) {
    if (versions.isEmpty()) {
      throw nothing();
    }
    return versions.stream()
        .filter(version -> version.promotion().run().equals(run))
        .max(Comparator.comparingInt(Publication::version))
        .map(this::origin)
        .orElseThrow(
            () ->
                new StoreException(
                    "Cannot roll back %s to run %s: it was never published for it; publish it: thresher publish --run %s"
                        .formatted(network, run, run)));
  }

  /** The version that a rollback went back to, if it is whole; else the rollback itself. */
  private Publication origin(Publication version) {
    return versions.stream()
        .filter(v -> version.restores().orElse(version.version()) == v.version())
        .findFirst()
        .orElse(version);
  }

  private StoreException nothing() {
    return new StoreException(
        "Nothing is published as %s; 'thresher published' lists what is".formatted(network));
  }
}
