package dev.thresher.store;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The commit records of a run as one chain: every record carries, in the field {@value #AFTER}, the
 * link that stands for all records before it, and a page of each writer names its records with
 * their SHA-256. So a record that is gone, an older one in its place, one of another run and a
 * changed configuration are noticed.
 *
 * <p><b>Order of writes.</b> A record is created first, then its writer's page is replaced by one
 * that names it. A writer that is killed between the two leaves a record that no page names; it is
 * accepted because it follows a link of the chain, and the next writer that builds on it names it.
 * The same holds for a record of a writer that was replaced while it wrote. Reads each page once,
 * and the newest writer's record.
 */
public final class History {
  /** The field of a record. */
  static final String AFTER = "after";

  private final RunStore store;
  private final Map<String, String> named = new LinkedHashMap<>();
  private final Set<String> links = new HashSet<>();
  private final List<String> damage = new ArrayList<>();

  /** Pages that are not there: lost, or of a writer that was killed before it had one. */
  private final List<String> absent = new ArrayList<>();

  private final int writers;
  private final boolean kept;
  private String end;

  History(RunStore store) {
    this.store = store;
    this.end = HistoryPage.start();
    links.add(end);
    int newestPage = Numbered.newest(n -> store.isThere(HistoryPage.key(n)));
    int newestWriter = Numbered.newest(n -> store.isThere(WriterRecord.key(n)));
    this.writers = Math.max(newestPage, newestWriter);
    for (int epoch = 1; epoch <= writers; epoch++) {
      read(epoch);
    }
    this.kept = newestPage > 0 || (newestWriter > 0 && isLinked(WriterRecord.key(newestWriter)));
  }

  private void read(int epoch) {
    try {
      store
          .readIfPresent(HistoryPage.key(epoch))
          .map(json -> HistoryPage.parse(json, epoch))
          .ifPresentOrElse(this::add, () -> absent.add(HistoryPage.key(epoch)));
    } catch (CorruptObjectException e) {
      damage.add(e.getMessage());
    }
  }

  private void add(HistoryPage page) {
    if (!links.contains(page.follows())) {
      damage.add(broken(page));
    }
    links.addAll(page.links());
    page.records().forEach(entry -> named.put(entry.key(), entry.sha256()));
    end = page.end();
  }

  /** A killed writer's page is not missed: the page behind it goes on from the one before. */
  private String broken(HistoryPage page) {
    String key = HistoryPage.key(page.epoch());
    return absent.isEmpty()
        ? "Cannot follow %s of %s: it goes on from records that no page before it names, so one of these was set back. Put the newer one back from a copy of the store, or begin a new run"
            .formatted(key, store.address())
        : "Cannot find %s of %s: %s goes on from records that it named. Put it back from a copy of the store; without one, what the run committed cannot be told: begin a new run"
            .formatted(String.join(", ", absent), store.address(), key);
  }

  private boolean isLinked(String key) {
    try {
      return store
          .readIfPresent(key)
          .map(json -> SealedJson.open(json, key).has(AFTER))
          .orElse(true);
    } catch (CorruptObjectException e) {
      return true;
    }
  }

  /** How many writers the run has had. */
  int writers() {
    return writers;
  }

  /** The newest link. */
  String end() {
    return end;
  }

  /**
   * Whether the run's records are linked: false before a first writer, and for runs of releases
   * that wrote no history.
   */
  public boolean isKept() {
    return kept;
  }

  /** Whether the run was begun by a release that wrote no history. */
  public boolean isOfEarlierRelease() {
    return !kept && writers > 0;
  }

  /** The records that the pages name. */
  public Set<String> records() {
    return Set.copyOf(named.keySet());
  }

  /** What is wrong with the pages, one sentence each. */
  public List<String> damage() {
    return List.copyOf(damage);
  }

  /** What is wrong with the pages, the configuration and the named records of these keys. */
  public List<String> damage(Predicate<String> keys) {
    List<String> all = new ArrayList<>(damage);
    configurationDamage().ifPresent(all::add);
    named.keySet().stream()
        .filter(keys)
        .forEach(key -> problem(key, present(key, all)).ifPresent(all::add));
    return all;
  }

  private Optional<byte[]> present(String key, List<String> all) {
    try {
      return store.readIfPresent(key);
    } catch (CorruptObjectException e) {
      all.add(e.getMessage());
      return Optional.empty();
    }
  }

  /** Whether the configuration is the one whose hash the first record and all others hold. */
  public Optional<String> configurationDamage() {
    if (!kept) {
      return Optional.empty();
    }
    try {
      Optional<byte[]> text = store.readIfPresent(RunStore.CONFIGURATION);
      if (text.isEmpty()) {
        return Optional.of(
            "Cannot find %s of %s".formatted(RunStore.CONFIGURATION, store.address()));
      }
      String found = RunStore.sha256(text.get());
      for (int epoch = 1; epoch <= writers; epoch++) {
        String expected = configuration(WriterRecord.key(epoch)).orElse(found);
        if (!expected.equals(found)) {
          return Optional.of(
              "Cannot use %s of %s: it has SHA-256 %s, the run was begun with %s. It was changed since; put it back, or begin a new run"
                  .formatted(RunStore.CONFIGURATION, store.address(), found, expected));
        }
      }
      return Optional.empty();
    } catch (CorruptObjectException e) {
      return Optional.of(e.getMessage());
    }
  }

  private Optional<String> configuration(String key) {
    try {
      return store
          .readIfPresent(key)
          .map(json -> WriterRecord.parse(json, key).configuration())
          .filter(hash -> !hash.isEmpty());
    } catch (CorruptObjectException e) {
      return Optional.empty();
    }
  }

  /** Whether a page names the record. */
  public boolean names(String key) {
    return named.containsKey(key);
  }

  /**
   * What is wrong with a record: gone though a page names it, other bytes than a page names, or
   * unnamed and of no place in this chain.
   *
   * @param bytes that were found at the key
   */
  public Optional<String> problem(String key, Optional<byte[]> bytes) {
    if (!kept) {
      return Optional.empty();
    }
    String expected = named.get(key);
    if (expected == null) {
      return bytes.flatMap(json -> problemOfUnnamed(key, json));
    }
    if (bytes.isEmpty()) {
      return Optional.of(
          "Cannot find the commit record %s of %s: the run's history names it"
              .formatted(key, store.address()));
    }
    String found = RunStore.sha256(bytes.get());
    return expected.equals(found)
        ? Optional.empty()
        : Optional.of(
            "Cannot use the commit record %s of %s: it has SHA-256 %s, the run's history names %s"
                .formatted(key, store.address(), found, expected));
  }

  private Optional<String> problemOfUnnamed(String key, byte[] json) {
    if (store.isShared(key)) {
      return Optional.empty();
    }
    try {
      return links.contains(SealedJson.open(json, key).path(AFTER).asText())
          ? Optional.empty()
          : Optional.of(
              "Cannot use the commit record %s of %s: the run's history does not name it, and it follows no record of this run: it is of another run, or %s is gone or was set back"
                  .formatted(key, store.address(), suspects()));
    } catch (CorruptObjectException e) {
      return Optional.of(e.getMessage());
    }
  }

  /** The pages that may have named a record which no page names. */
  private String suspects() {
    return absent.isEmpty() ? HistoryPage.key(writers) : String.join(", ", absent);
  }

  /**
   * Refuses a record that has a {@link #problem}.
   *
   * @throws CorruptObjectException saying which
   */
  public void require(String key, Optional<byte[]> bytes) {
    problem(key, bytes)
        .ifPresent(
            message -> {
              throw new CorruptObjectException(message);
            });
  }
}
