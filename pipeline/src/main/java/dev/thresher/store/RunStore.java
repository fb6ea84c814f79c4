package dev.thresher.store;

import java.io.IOException;
import java.io.Serializable;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The objects of one run, {@code <root>/runs/<run-id>/<key>}.
 *
 * <p>Objects are immutable: a key is written once, or again with the same bytes (a retried task).
 * They count only when a <em>commit record</em> names them; records are created if absent, so that
 * of several writers exactly one wins. Readers start from records and never from listings. Safe for
 * concurrent use, and serializable: tasks open the same store on first use. Determinism: nothing
 * here depends on a clock or on the order of calls.
 */
public final class RunStore implements Serializable {
  private static final long serialVersionUID = 1L;
  private static final HexFormat HEX = HexFormat.of();

  private final StoreLocation location;
  private final String runId;

  private RunStore(StoreLocation location, String runId) {
    this.location = location;
    this.runId = runId;
  }

  /** The run of this id, new or old; no access happens here. Refuses malformed ids. */
  public static RunStore open(StoreLocation location, String runId) {
    if (!isRunId(runId)) {
      throw new IllegalArgumentException(
          "Run id '"
              + runId
              + "' must have 1 to 80 characters of [A-Za-z0-9._-] and no leading dot");
    }
    return new RunStore(location, runId);
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
    return URI.create(location + "/runs/" + runId);
  }

  /**
   * Writes one object; it becomes visible whole or not at all, and no one reads it before a record
   * names it. Cost: one pass over the bytes and one upload.
   */
  public ObjectRecord write(String key, byte[] bytes) {
    ObjectRecord record = new ObjectRecord(key, bytes.length, sha256(bytes));
    try {
      Backends.of(location).put(path(key), bytes);
    } catch (IOException e) {
      throw StoreErrors.explain("write " + key + " to", location, e);
    }
    return record;
  }

  /** The bytes of a recorded object; refuses any other size or SHA-256 than the recorded ones. */
  public byte[] read(ObjectRecord record) {
    byte[] bytes =
        readIfPresent(record.key())
            .orElseThrow(
                () ->
                    new CorruptObjectException(
                        "Cannot read "
                            + record.key()
                            + " of "
                            + address()
                            + ": its commit record names it, but it is gone. Delete the run and"
                            + " run again."));
    if (bytes.length != record.size()) {
      throw corrupt(record, bytes.length + " bytes", record.size() + " bytes");
    }
    String found = sha256(bytes);
    if (!found.equals(record.sha256())) {
      throw corrupt(record, "SHA-256 " + found, record.sha256());
    }
    return bytes;
  }

  /** The bytes of an object if there is one: for commit records, which nothing else names. */
  public Optional<byte[]> readIfPresent(String key) {
    try {
      return Backends.of(location).get(path(key));
    } catch (IOException e) {
      throw StoreErrors.explain("read " + key + " from", location, e);
    }
  }

  /**
   * Creates a commit record where there is none: of racing writers exactly one returns, the others
   * get the exception and have changed nothing. A record of the very same bytes counts as one's own
   * (a repeated request meets what its lost first try created), so a record holds something that is
   * unique to its writer wherever several may write.
   */
  public void commit(String recordKey, String json) {
    byte[] bytes = json.getBytes(StandardCharsets.UTF_8);
    boolean created;
    try {
      created = Backends.of(location).putIfAbsent(path(recordKey), bytes);
    } catch (IOException e) {
      throw StoreErrors.explain("commit " + recordKey + " to", location, e);
    }
    if (!created && !Arrays.equals(readIfPresent(recordKey).orElse(null), bytes)) {
      throw new AlreadyCommittedException(recordKey, address().toString());
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

  private String path(String key) {
    return "runs/" + runId + "/" + Keys.check(key);
  }

  private CorruptObjectException corrupt(ObjectRecord record, String found, String expected) {
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

  private static String sha256(byte[] bytes) {
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
