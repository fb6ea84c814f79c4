package dev.thresher.publish;

import dev.thresher.store.AlreadyCommittedException;
import dev.thresher.store.CorruptObjectException;
import dev.thresher.store.Numbered;
import dev.thresher.store.RunStore;
import dev.thresher.store.StoreLocation;
import dev.thresher.store.StoredObject;
import dev.thresher.store.WriterRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeSet;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a store has published, network by network.
 *
 * <p>The history of a network is {@code published/history/<network>/000001.json} and so on:
 * immutable, sealed, each created if absent, so that of racing publishers exactly one gets a
 * number. The newest version is the current one. {@code published/<network>.json} is a copy of it,
 * the one place that readers need: it is put in place whole after each version, and looked at again
 * afterwards, so that the last of racing publishers leaves the newest. A publisher that dies
 * between the two leaves the copy one version behind, until somebody publishes again, the same run
 * or another, or rolls back.
 *
 * <p>Safe for concurrent use. No models are copied or changed.
 */
public final class Publications {
  private static final Pattern VERSION = Pattern.compile("history/([^/]+)/\\d{6,}\\.json");

  private final RunStore store;

  private Publications(RunStore store) {
    this.store = store;
  }

  /** What is published in this store; no access happens here. */
  public static Publications in(StoreLocation location) {
    return new Publications(RunStore.published(location));
  }

  /** Whether something can be published under this name. */
  public static boolean isName(String network) {
    return RunStore.isRunId(network);
  }

  /** The address of the pointer. */
  public String address(String network) {
    return store.address(pointerKey(network)).toString();
  }

  /** All networks that something was published for, in alphabetical order. */
  public List<String> networks() {
    TreeSet<String> names = new TreeSet<>();
    for (StoredObject object : store.list()) {
      Matcher version = VERSION.matcher(object.key());
      if (version.matches() && isName(version.group(1))) {
        names.add(version.group(1));
      }
    }
    return List.copyOf(names);
  }

  /** The histories of all networks. */
  public List<PublishedHistory> histories() {
    return networks().stream().map(this::history).toList();
  }

  /** All versions of a network. Cost: one read for each. */
  public PublishedHistory history(String network) {
    int newest = newest(network);
    List<Publication> versions = new ArrayList<>();
    List<String> damaged = new ArrayList<>();
    for (int version = 1; version <= newest; version++) {
      String key = versionKey(network, version);
      try {
        Optional<byte[]> json = store.readIfPresent(key);
        if (json.isEmpty()) {
          damaged.add("Cannot find " + key + " of " + store + ", and there is a later version");
          continue;
        }
        versions.add(Publication.parse(json.get(), key));
      } catch (CorruptObjectException e) {
        damaged.add(e.getMessage());
      }
    }
    return new PublishedHistory(network, newest, versions, damaged);
  }

  /**
   * Makes this the current version; nothing changes where it is already.
   *
   * @return the version that it has
   */
  public Publication publish(String network, Promotion promotion) {
    while (true) {
      int newest = newest(network);
      Optional<Publication> current = current(network, newest);
      if (current.isPresent() && current.get().promotion().isTheSameModel(promotion)) {
        follow(network);
        return current.get();
      }
      try {
        return append(network, newest, promotion, OptionalInt.empty());
      } catch (AlreadyCommittedException e) {
        // Somebody else published in this moment: this one comes after theirs.
      }
    }
  }

  /**
   * Makes an earlier version the current one again, as a version of its own; nothing changes where
   * its model is the current one.
   *
   * @param seen the history that the choice was made from
   * @throws AlreadyCommittedException where something else was published since
   */
  public Publication restore(PublishedHistory seen, Publication earlier) {
    Optional<Publication> current = seen.current();
    if (current.isPresent() && current.get().promotion().isTheSameModel(earlier.promotion())) {
      follow(seen.network());
      return current.get();
    }
    return append(
        seen.network(), seen.newest(), earlier.promotion(), OptionalInt.of(earlier.version()));
  }

  private Publication append(
      String network, int newest, Promotion promotion, OptionalInt restores) {
    String id = UUID.randomUUID().toString();
    WriterRecord writer = WriterRecord.ofThisProcess(id);
    Publication next =
        new Publication(
            network, newest + 1, id, restores, writer.started(), writer.host(), promotion);
    store.commitAlone(versionKey(network, next.version()), next.toJson());
    follow(network);
    return next;
  }

  /** Brings the pointer to the newest version that is whole. */
  private void follow(String network) {
    while (true) {
      Optional<String> newest = current(network, newest(network)).map(Publication::toJson);
      if (newest.isEmpty() || newest.equals(pointer(network))) {
        return;
      }
      store.replace(pointerKey(network), newest.get());
    }
  }

  /** Whether the pointer is the current version, byte for byte. */
  public boolean isPointerCurrent(PublishedHistory history) {
    return history.current().map(Publication::toJson).equals(pointer(history.network()));
  }

  private Optional<String> pointer(String network) {
    return store
        .readIfPresent(pointerKey(network))
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8));
  }

  private Optional<Publication> current(String network, int newest) {
    for (int version = newest; version >= 1; version--) {
      String key = versionKey(network, version);
      try {
        Optional<byte[]> json = store.readIfPresent(key);
        if (json.isPresent()) {
          return Optional.of(Publication.parse(json.get(), key));
        }
      } catch (CorruptObjectException e) {
        // The one before it is what is published.
      }
    }
    return Optional.empty();
  }

  private int newest(String network) {
    return Numbered.newest(n -> store.isThere(versionKey(network, n)));
  }

  private static String versionKey(String network, int version) {
    return "history/%s/%06d.json".formatted(network, version);
  }

  private static String pointerKey(String network) {
    return network + ".json";
  }
}
