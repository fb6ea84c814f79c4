package dev.thresher.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thresher.checkpoint.CheckpointInspection;
import dev.thresher.jobs.config.Configuration;
import dev.thresher.publish.Publication;
import dev.thresher.publish.PublishedHistory;
import dev.thresher.store.CorruptObjectException;
import dev.thresher.store.History;
import dev.thresher.store.ObjectRecord;
import dev.thresher.store.RunStore;
import dev.thresher.store.SealedJson;
import dev.thresher.store.StoreException;
import dev.thresher.store.StoredObject;
import java.nio.file.AccessDeniedException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * A run's records and objects held against each other: each object that a record names is read and
 * compared in size and SHA-256; what no record names is an orphan. Reads every byte of the run
 * once.
 */
final class Inspection {
  private static final String EVENTS = "events/";
  private static final String WRITERS = "writers/";
  private static final String HISTORY = "history/";

  private final RunStore store;
  private final Map<String, StoredObject> listed = new TreeMap<>();
  private final Map<String, ObjectRecord> named = new TreeMap<>();
  private final Set<String> records = new TreeSet<>();
  private final Set<String> configurations = new HashSet<>();
  private final Set<String> damaged = new LinkedHashSet<>();
  private final List<String> notes = new ArrayList<>();
  private final History history;

  private final List<Publication> published;

  private Inspection(RunStore store, List<PublishedHistory> histories) {
    this.store = store;
    this.published =
        histories.stream()
            .flatMap(history -> history.versions().stream())
            .filter(version -> version.promotion().run().equals(store.runId()))
            .toList();
    // A record that cannot be read may name an object of this run.
    histories.forEach(history -> damaged.addAll(history.damaged()));
    store.list().forEach(this::list);
    this.history = store.history();
  }

  /**
   * What was found.
   *
   * @param records commit records that are whole
   * @param objects objects that they name and that are whole
   * @param bytes of these objects
   * @param damaged what is wrong, one sentence each
   * @param notes what is right and may surprise
   * @param orphans objects that no record names
   * @param published versions that are, or were, this run's model
   * @param all everything that the run's folder holds
   */
  record Findings(
      int records,
      int objects,
      long bytes,
      List<String> damaged,
      List<String> notes,
      List<StoredObject> orphans,
      List<Publication> published,
      Collection<StoredObject> all) {}

  /** Of a run in a store that publishes nothing. */
  static Findings of(RunStore store) {
    return of(store, List.of());
  }

  /** Of a run, whose objects may be published too. */
  static Findings of(RunStore store, List<PublishedHistory> histories) {
    return new Inspection(store, histories).find();
  }

  /**
   * Reads these objects.
   *
   * @return what is wrong with them, one sentence each
   */
  static List<String> damage(RunStore store, Collection<ObjectRecord> objects) {
    List<String> damage = new ArrayList<>();
    for (ObjectRecord object : objects) {
      try {
        store.read(object);
      } catch (CorruptObjectException e) {
        damage.add(e.getMessage());
      } catch (StoreException e) {
        damage.add(denied(e));
      }
    }
    return damage;
  }

  private void list(StoredObject object) {
    if (object.kind() == StoredObject.Kind.OBJECT) {
      listed.put(object.key(), object);
    } else {
      damaged.add(
          "Cannot use %s of %s: it is %s, no object"
              .formatted(object.key(), store.address(), object.kind().text()));
    }
  }

  private Findings find() {
    readRecords();
    checkConfiguration();
    published.forEach(version -> version.promotion().objects().forEach(this::name));
    int objects = 0;
    long bytes = 0;
    for (ObjectRecord record : named.values()) {
      List<String> damage = damage(store, List.of(record));
      if (damage.isEmpty()) {
        objects++;
        bytes += record.size();
      }
      damaged.addAll(damage);
    }
    List<StoredObject> orphans =
        listed.values().stream()
            .filter(object -> !named.containsKey(object.key()))
            .filter(object -> !records.contains(object.key()))
            .filter(object -> !object.key().startsWith(EVENTS))
            .filter(object -> !object.key().equals(Telemetry.KEY))
            .toList();
    return new Findings(
        records.size(),
        objects,
        bytes,
        List.copyOf(damaged),
        List.copyOf(notes),
        orphans,
        published,
        List.copyOf(listed.values()));
  }

  /** What only this user cannot read is told beside the rest; a store that fails ends all. */
  private static String denied(StoreException e) {
    if (e.getCause() instanceof AccessDeniedException) {
      return e.getMessage();
    }
    throw e;
  }

  private void readRecords() {
    List<String> checkpoints =
        listed.keySet().stream().filter(CheckpointInspection::isRecord).toList();
    damaged.addAll(history.damage());
    if (history.isOfEarlierRelease()) {
      notes.add(
          "an earlier release of Thresher made this run, whose records do not name each other: that one is gone, or is an older copy, cannot be seen");
    }
    CheckpointInspection checkpoint = CheckpointInspection.of(store, history, checkpoints);
    checkpoint.states().forEach(this::name);
    damaged.addAll(checkpoint.damaged());
    records.addAll(checkpoints);
    Set<String> keys = new TreeSet<>(history.records());
    listed.keySet().stream()
        .filter(key -> isRecord(key) || CheckpointInspection.isRecord(key))
        .forEach(keys::add);
    keys.forEach(this::readRecord);
    listed.keySet().stream().filter(key -> key.startsWith(HISTORY)).forEach(records::add);
  }

  private void readRecord(String key) {
    try {
      Optional<byte[]> json = store.readIfPresent(key);
      if (json.isPresent()) {
        records.add(key);
        if (history.isKept() && !history.names(key)) {
          notes.add(
              key
                  + " is not in the run's history yet: its writer was stopped when it had written it");
        }
      }
      history.require(key, json);
      ObjectNode content = SealedJson.open(json.orElse(new byte[0]), key);
      if (isRecord(key)) {
        gather(content);
      }
    } catch (CorruptObjectException e) {
      damaged.add(e.getMessage());
    } catch (StoreException e) {
      damaged.add(denied(e));
    }
  }

  /** Records of stages, of writers, and of the float network's logits. */
  private static boolean isRecord(String key) {
    boolean json = key.endsWith(".json");
    return json
        && (key.startsWith("stages/")
            || key.startsWith(WRITERS)
            || key.equals("teacher/manifest.json"));
  }

  /** All that has a key, a size and a hash, wherever in the record it is. */
  private void gather(JsonNode node) {
    if (node.path("configuration_sha256").isTextual()) {
      configurations.add(node.path("configuration_sha256").asText());
    }
    if (node.path("key").isTextual() && node.path("sha256").isTextual()) {
      name(
          new ObjectRecord(
              node.path("key").asText(), node.path("size").asLong(), node.path("sha256").asText()));
    }
    node.forEach(this::gather);
  }

  private void name(ObjectRecord record) {
    ObjectRecord other = named.put(record.key(), record);
    if (other != null && !other.equals(record)) {
      damaged.add(
          "Cannot tell which bytes %s of %s must have: two records differ"
              .formatted(record.key(), store.address()));
    }
  }

  private void checkConfiguration() {
    boolean isBegun = !records.isEmpty();
    records.add(Runner.CONFIGURATION_KEY);
    Optional<String> damage = history.configurationDamage();
    if (damage.isPresent()) {
      damaged.add(damage.get());
      return;
    }
    Optional<String> stored = Runner.storedConfiguration(store);
    if (stored.isEmpty() && isBegun) {
      damaged.add("Cannot find " + Runner.CONFIGURATION_KEY + " of " + store.address());
    } else if (configurations.stream()
        .anyMatch(hash -> !hash.equals(Configuration.hashOf(stored.get())))) {
      damaged.add(
          "Cannot use "
              + Runner.CONFIGURATION_KEY
              + " of "
              + store.address()
              + ": it is not the configuration that the stages' records name");
    }
  }
}
