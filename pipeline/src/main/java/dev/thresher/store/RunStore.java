package dev.thresher.store;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * The objects of one run, {@code <root>/runs/<run-id>/<key>}; or of an ablation, {@code
 * <root>/ablations/<id>/<key>}, and of its cells, which are runs below it; or what is published of
 * all runs, {@code <root>/published/<key>}.
 *
 * <p>Objects are immutable: each is created if absent, and never written over. They count only when
 * a <em>commit record</em> names them; records are created if absent too, so that of several
 * writers exactly one wins. Readers start from records and never from listings. Safe for concurrent
 * use, and serializable: tasks open the same store on first use. Determinism: nothing here depends
 * on a clock or on the order of calls.
 *
 * <p><b>One writer.</b> {@link #takeOver} makes its caller the writer of the next epoch. A writer
 * looks for a successor before and after each commit, and fails where there is one. A commit of an
 * older writer can still land between its look and the look of its successor; it is then a whole
 * record of whole objects like any other, at most one, and the successor, who reads the run after
 * having taken it, builds on it or meets it where it wanted to commit the same. The older writer
 * removes nothing after that commit, and none of its objects can replace one of the successor.
 */
public final class RunStore implements Serializable {
  private static final long serialVersionUID = 1L;

  /** The configuration that a run was begun with, as text: its first object, before any record. */
  public static final String CONFIGURATION = "config.conf";

  private static final HexFormat HEX = HexFormat.of();

  /** How often an object is read before it counts as damaged. */
  private static final int READINGS = 2;

  /** How often an object is created that is neither created nor there. */
  private static final int CREATIONS = 3;

  /** A commit record, or a configuration, is never larger. */
  private static final long RECORD_LIMIT = 64L << 20;

  /** What the cells of an ablation read and write in common. */
  private static final List<String> COMMON = List.of("sample/", "teacher/");

  private final StoreLocation location;
  private final String runId;

  /** Where the objects are, relative to the root. */
  private final String folder;

  /** Where the common ones are. */
  private final String commonFolder;

  /** The writer's number, 0 for those who have not taken the run. */
  private final int epoch;

  /** As read last; records are held against it, and against a newer one before they are refused. */
  private transient volatile History lastHistory;

  private RunStore(
      StoreLocation location, String runId, String folder, String commonFolder, int epoch) {
    if (!isRunId(runId)) {
      throw new IllegalArgumentException(
          "Run id '"
              + runId
              + "' must have 1 to 80 characters of [A-Za-z0-9._-] and no leading dot");
    }
    this.location = location;
    this.runId = runId;
    this.folder = folder;
    this.commonFolder = commonFolder;
    this.epoch = epoch;
  }

  /** The run of this id, new or old; no access happens here. Refuses malformed ids. */
  public static RunStore open(StoreLocation location, String runId) {
    return in(location, runId, "runs/" + runId);
  }

  /** The ablation of this id: a run in a folder of its own. */
  public static RunStore ablation(StoreLocation location, String id) {
    return in(location, id, "ablations/" + id);
  }

  /** What is published of this store's runs, {@code <root>/published/<key>}. */
  public static RunStore published(StoreLocation location) {
    return in(location, "published", "published");
  }

  private static RunStore in(StoreLocation location, String id, String folder) {
    return new RunStore(location, id, folder, folder, 0);
  }

  /** A run of this ablation, which has its sample and its teacher in common with the others. */
  public RunStore cell(String id) {
    return new RunStore(location, id, folder + "/runs/" + id, commonFolder, 0);
  }

  /**
   * Takes the run: from now on the writer before this one, if it lives, fails at its next commit.
   *
   * @param writer who takes it; the epoch is given here
   * @return the same run as that writer sees it
   */
  public RunStore takeOver(WriterRecord writer) {
    int least = 1;
    while (true) {
      History history = history();
      int next = Math.max(least, 1 + history.writers());
      ObjectNode content = writer.at(next).content().put(History.AFTER, history.end());
      byte[] json = bytes(SealedJson.seal(content));
      if (create(WriterRecord.key(next), json)) {
        RunStore taken = new RunStore(location, runId, folder, commonFolder, next);
        taken.beginPage(history, json);
        return taken;
      }
      least = next + 1;
    }
  }

  /** Names this writer, and one before it that was killed before it could name itself. */
  private void beginPage(History before, byte[] writer) {
    HistoryPage page = new HistoryPage(epoch, before.end(), List.of());
    String predecessor = WriterRecord.key(Math.max(1, epoch - 1));
    if (epoch > 1 && before.isKept() && !before.names(predecessor)) {
      Optional<byte[]> unnamed = readIfPresent(predecessor);
      if (unnamed.isPresent()) {
        page = page.with(new HistoryPage.Entry(predecessor, sha256(unnamed.get())));
      }
    }
    store(page.with(new HistoryPage.Entry(WriterRecord.key(epoch), sha256(writer))));
  }

  private void store(HistoryPage page) {
    String key = HistoryPage.key(epoch);
    try {
      HaltPoint.before(path(key));
      Backends.of(location).replace(path(key), bytes(page.toJson()));
      HaltPoint.after(path(key));
    } catch (IOException e) {
      throw StoreErrors.explain("write " + key + " to", location, e);
    } finally {
      lastHistory = null;
    }
  }

  /** The run's records, as far as their history tells now. */
  public History history() {
    History history = new History(this);
    lastHistory = history;
    return history;
  }

  /**
   * A commit record that the caller builds on, held against the run's history; a writer names it
   * there where another one could not.
   *
   * @throws CorruptObjectException where it is damaged, of another run, or gone though it was named
   */
  public Optional<byte[]> record(String key) {
    for (int attempt = 1; ; attempt++) {
      try {
        Optional<byte[]> bytes = readIfPresent(key);
        History known = lastHistory;
        History history = known == null || attempt > 1 ? history() : known;
        history.require(key, bytes);
        bytes.ifPresent(json -> adopt(history, key, json));
        return bytes;
      } catch (CorruptObjectException e) {
        if (attempt == READINGS) {
          throw e;
        }
      }
    }
  }

  /** Names a record that the history, read before, does not name; for the run's writer only. */
  public void adopt(History history, String key, byte[] json) {
    if (epoch > 0 && !history.names(key)) {
      name(key, json);
    }
  }

  private void name(String key, byte[] json) {
    store(page().with(new HistoryPage.Entry(key, sha256(json))));
  }

  private HistoryPage page() {
    String key = HistoryPage.key(epoch);
    return readIfPresent(key)
        .map(json -> HistoryPage.parse(json, epoch))
        .orElseThrow(() -> new CorruptObjectException("Cannot find " + key + " of " + address()));
  }

  /** Whether what has this key is written and read by other runs too. */
  boolean isShared(String key) {
    return !folder.equals(commonFolder) && COMMON.stream().anyMatch(key::startsWith);
  }

  /** Whether anything has this key, usable or not. */
  public boolean isThere(String key) {
    try {
      return readIfPresent(key).isPresent();
    } catch (CorruptObjectException e) {
      return true;
    }
  }

  /** Another run of the same store; refuses malformed ids. */
  public RunStore sibling(String otherId) {
    return open(location, otherId);
  }

  /** The number of this writer, 0 where the run was not taken. */
  public int epoch() {
    return epoch;
  }

  /** Who has taken the run last, where anybody has and the record is readable. */
  public Optional<WriterRecord> lastWriter() {
    int newest = Numbered.newest(n -> isThere(WriterRecord.key(n)));
    String key = WriterRecord.key(newest);
    try {
      return newest == 0
          ? Optional.empty()
          : readIfPresent(key).map(json -> WriterRecord.parse(json, key));
    } catch (CorruptObjectException e) {
      return Optional.empty();
    }
  }

  /** Fails where another writer has taken the run since. */
  public void requireWriter() {
    if (epoch == 0) {
      return;
    }
    String key = WriterRecord.key(epoch + 1);
    if (isThere(key)) {
      String who = "its record is damaged";
      try {
        who = WriterRecord.parse(readIfPresent(key).orElse(new byte[0]), key).toString();
      } catch (CorruptObjectException e) {
        // That it is there is enough.
      }
      throw new FencedException(address().toString(), who);
    }
  }

  /** Whether this may name a run. */
  public static boolean isRunId(String id) {
    return Keys.isRunId(id);
  }

  /** The run's id. */
  public String runId() {
    return runId;
  }

  /** The full address of an object, for those who read it without this class (Spark, people). */
  public URI address(String key) {
    try {
      return Backends.of(location).address(path(key));
    } catch (IOException e) {
      throw StoreErrors.explain("open", location, e);
    }
  }

  /** The full address of the run's folder, without a closing slash. */
  public URI address() {
    return URI.create(location + "/" + folder);
  }

  /**
   * Writes one object; it becomes visible whole or not at all, and no one reads it before a record
   * names it. Where an object of other bytes has the key, which a writer before this one left
   * uncommitted, the new one is put beside it, into a folder {@code writer-<epoch>}: read the key
   * that is returned. Cost: one pass over the bytes and one upload.
   */
  public ObjectRecord write(String key, byte[] bytes) {
    return write(key, bytes, sha256(bytes));
  }

  /**
   * The same for bytes that were hashed as they were made.
   *
   * @param sha256 of the bytes, hexadecimal; with another one the object cannot be read
   */
  public ObjectRecord write(String key, byte[] bytes, String sha256) {
    for (String candidate : candidates(Keys.check(key))) {
      if (create(candidate, bytes)) {
        return new ObjectRecord(candidate, bytes.length, sha256);
      }
    }
    throw new StoreException(
        "Cannot write "
            + key
            + " to "
            + address()
            + ": an object of other bytes is there already. Choose another run id.");
  }

  private List<String> candidates(String key) {
    if (epoch == 0) {
      return List.of(key);
    }
    int name = key.lastIndexOf('/') + 1;
    return List.of(key, key.substring(0, name) + writerFolder(epoch) + key.substring(name));
  }

  private static String writerFolder(int epoch) {
    return "writer-" + epoch + "/";
  }

  /** Whether the object is there with these bytes, created now or before; false with others. */
  private boolean create(String key, byte[] bytes) {
    try {
      Backend backend = Backends.of(location);
      for (int attempt = 0; attempt < CREATIONS; attempt++) {
        if (backend.putIfAbsent(path(key), bytes)) {
          StoreTraffic.countWritten(bytes.length);
          return true;
        }
        // Our own, where the answer to a request that succeeded was lost and it was sent again.
        Optional<byte[]> there = backend.get(path(key), bytes.length);
        if (there.isPresent()) {
          return Arrays.equals(there.get(), bytes);
        }
        // Somebody else's that went again, or a store that says "conflict, try again".
      }
      throw new IOException(key + " is neither there nor can it be created");
    } catch (UnusableObjectException e) {
      return false;
    } catch (IOException e) {
      throw StoreErrors.explain("write " + key + " to", location, e);
    }
  }

  /**
   * The bytes of a recorded object; refuses any other size or SHA-256 than the recorded ones, after
   * having looked again, since bytes are damaged on their way too.
   */
  public byte[] read(ObjectRecord record) {
    CorruptObjectException damage = null;
    for (int attempt = 0; attempt < READINGS; attempt++) {
      Optional<byte[]> bytes = read(record.key(), record.size());
      if (bytes.isPresent()) {
        String found = sha256(bytes.get());
        if (bytes.get().length == record.size() && found.equals(record.sha256())) {
          return bytes.get();
        }
        damage = corrupt(record, bytes.get().length, found);
      } else {
        damage =
            new CorruptObjectException(
                "Cannot read "
                    + record.key()
                    + " of "
                    + address()
                    + ": its commit record names it, but it is gone. Delete the run and run again.");
      }
    }
    throw damage;
  }

  /** The bytes of an object if there is one: for commit records, which nothing else names. */
  public Optional<byte[]> readIfPresent(String key) {
    return read(key, RECORD_LIMIT);
  }

  private Optional<byte[]> read(String key, long limit) {
    try {
      Optional<byte[]> bytes = Backends.of(location).get(path(key), limit);
      bytes.ifPresent(read -> StoreTraffic.countRead(read.length));
      return bytes;
    } catch (UnusableObjectException e) {
      throw new CorruptObjectException(
          "Cannot use " + key + " of " + address() + ": " + e.getMessage());
    } catch (IOException e) {
      throw StoreErrors.explain("read " + key + " from", location, e);
    }
  }

  /**
   * Creates a commit record where there is none: of racing writers exactly one returns, the others
   * get the exception and have changed nothing. A record of the very same bytes counts as one's own
   * (a repeated request meets what its lost first try created), so a record holds something that is
   * unique to its writer wherever several may write. In a run that was taken the record is linked
   * to those before it, sealed, and named in the run's history.
   *
   * @param content of the record, without link and seal
   * @throws FencedException where another writer has taken the run
   * @throws AlreadyCommittedException where there is another record of the key
   */
  public void commit(String recordKey, ObjectNode content) {
    requireWriter();
    if (epoch == 0) {
      commitAlone(recordKey, SealedJson.seal(content));
      return;
    }
    HistoryPage page = page();
    byte[] json = bytes(SealedJson.seal(content.deepCopy().put(History.AFTER, page.end())));
    boolean created = create(recordKey, json);
    requireWriter();
    if (!created) {
      throw new AlreadyCommittedException(recordKey, address().toString());
    }
    store(page.with(new HistoryPage.Entry(recordKey, sha256(json))));
  }

  /** The same for text that is no record of a taken run, as it is. */
  public void commitAlone(String key, String text) {
    if (!create(key, bytes(text))) {
      throw new AlreadyCommittedException(key, address().toString());
    }
  }

  /**
   * Writes an object over the one that is there, if any, in one step. For what only follows commit
   * records and can be made again from them; of racing writers any may be the last.
   */
  public void replace(String key, String json) {
    try {
      Backends.of(location).replace(path(key), bytes(json));
    } catch (IOException e) {
      throw StoreErrors.explain("write " + key + " to", location, e);
    }
  }

  /**
   * Removes an object that is not needed any more, if it is there. Its commit record stays and is
   * from then on the record of something given up: only its owner may call this.
   */
  public void delete(ObjectRecord record) {
    try {
      Backends.of(location).delete(path(record.key()));
    } catch (IOException e) {
      throw StoreErrors.explain("delete " + record.key() + " from", location, e);
    }
  }

  /** All objects of the run that a listing shows, in the order of their keys; for inspection. */
  public List<StoredObject> list() {
    try {
      return Backends.of(location).list(folder);
    } catch (IOException e) {
      throw StoreErrors.explain("list", location, e);
    }
  }

  /** Removes an object that no record names; for inspection, which has made sure of it. */
  public void deleteOrphan(StoredObject orphan) {
    try {
      Backends.of(location).delete(folder + "/" + orphan.key());
    } catch (IOException e) {
      throw StoreErrors.explain("delete " + orphan.key() + " from", location, e);
    }
  }

  private static byte[] bytes(String json) {
    return json.getBytes(StandardCharsets.UTF_8);
  }

  private String path(String key) {
    boolean common = COMMON.stream().anyMatch(key::startsWith);
    return (common ? commonFolder : folder) + "/" + Keys.check(key);
  }

  private CorruptObjectException corrupt(ObjectRecord record, long size, String sha256) {
    boolean sized = size == record.size();
    String found = sized ? "SHA-256 " + sha256 : size + " bytes";
    String expected = sized ? record.sha256() : record.size() + " bytes";
    return new CorruptObjectException(
        "Cannot use "
            + record.key()
            + " of "
            + address()
            + ": it has "
            + found
            + ", its commit record says "
            + expected
            + ". The object was changed after it was committed; delete the run and run again.");
  }

  static String sha256(byte[] bytes) {
    try {
      return HEX.formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every Java platform has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return address().toString();
  }
}
