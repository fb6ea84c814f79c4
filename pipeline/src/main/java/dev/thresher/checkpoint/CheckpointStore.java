package dev.thresher.checkpoint;

import dev.thresher.finetune.FineTuneException;
import dev.thresher.finetune.FineTuneTask;
import dev.thresher.finetune.RoundRecord;
import dev.thresher.finetune.TrainingState;
import dev.thresher.finetune.TrainingStateCodec;
import dev.thresher.store.CorruptObjectException;
import dev.thresher.store.ObjectRecord;
import dev.thresher.store.RunStore;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of one run.
 *
 * <p>After each round the state is written as an object with a name of its own, then {@code
 * checkpoints/commits/<round>.json} is created if absent and names it with size and SHA-256: in
 * that step the checkpoint exists, whole. {@link #latest} finds the newest record by probing round
 * numbers, doubling and then halving, never by a listing; a state that does not match its record is
 * reported, and the one before it is used. A round that is then run again commits as {@code
 * <round>.<attempt>.json}. Not thread-safe: one driver owns a run. Source: method, section 8.
 */
public final class CheckpointStore {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);

  private final RunStore store;
  private final FineTuneTask task;
  private final String codeVersion;
  private final Retention retention;

  /** Attempts committed so far of rounds that are to be run again. */
  private final Map<Integer, Integer> attempts = new TreeMap<>();

  /** State objects that may still be there, by round. */
  private final Map<Integer, List<ObjectRecord>> objects = new TreeMap<>();

  /** The checkpoints of a task in a run's store. */
  public CheckpointStore(
      RunStore store, FineTuneTask task, String codeVersion, Retention retention) {
    this.store = store;
    this.task = task;
    this.codeVersion = codeVersion;
    this.retention = retention;
  }

  private static String commitKey(int round, int attempt) {
    String suffix = attempt == 0 ? "" : "." + attempt;
    return "checkpoints/commits/%06d%s.json".formatted(round, suffix);
  }

  /**
   * Makes a round's state durable and visible, then removes states that are not kept.
   *
   * @throws dev.thresher.store.AlreadyCommittedException if another job committed the round
   */
  public void save(TrainingState state, RoundRecord round) {
    byte[] bytes = TrainingStateCodec.encode(state);
    int attempt = attempts.getOrDefault(state.round(), 0);
    ObjectRecord object =
        store.write(
            "checkpoints/states/%06d-%d-%08x.state"
                .formatted(state.round(), attempt, java.util.Arrays.hashCode(bytes)),
            bytes);
    CheckpointCommit commit =
        new CheckpointCommit(
            CheckpointCommit.FORMAT,
            task.configurationHash(),
            state.networkHash(),
            task.scales(),
            codeVersion,
            object,
            round);
    store.commit(commitKey(state.round(), attempt), commit.toJson());
    objects.computeIfAbsent(state.round(), key -> new ArrayList<>()).add(object);
    removeOld(state);
  }

  private void removeOld(TrainingState newest) {
    objects
        .entrySet()
        .removeIf(
            entry -> {
              boolean kept =
                  entry.getKey() > newest.round() - retention.last()
                      || entry.getKey() == newest.bestRound();
              if (!kept) {
                entry.getValue().forEach(store::delete);
              }
              return !kept;
            });
  }

  /**
   * The newest checkpoint that is whole, or empty where no round was committed.
   *
   * @throws CheckpointException for checkpoints of another configuration, or where all are damaged
   */
  public Optional<Checkpoint> latest() {
    attempts.clear();
    objects.clear();
    int newest = newestRound();
    List<String> damaged = new ArrayList<>();
    ArrayDeque<RoundRecord> rounds = new ArrayDeque<>();
    TrainingState found = null;
    for (int round = newest; round >= 1; round--) {
      List<CheckpointCommit> commits = commits(round);
      objects.put(round, commits.stream().map(CheckpointCommit::state).toList());
      objects.computeIfPresent(round, (key, list) -> new ArrayList<>(list));
      for (int i = commits.size() - 1; i >= 0 && found == null; i--) {
        found = read(commits.get(i), damaged);
      }
      if (found == null) {
        attempts.put(round, commits.size());
      } else {
        rounds.addFirst(commits.get(commits.size() - 1).round());
      }
    }
    if (found == null && newest > 0) {
      throw new CheckpointException(
          "Cannot resume "
              + store
              + ": "
              + newest
              + " rounds were committed, and no state is whole. "
              + String.join("; ", damaged)
              + ". Start a new run.");
    }
    damaged.forEach(message -> LOG.warn("checkpoint passed over: {}", message));
    return Optional.ofNullable(found)
        .map(state -> new Checkpoint(state, List.copyOf(rounds), damaged));
  }

  private TrainingState read(CheckpointCommit commit, List<String> damaged) {
    requireSameRun(commit);
    TrainingState state;
    try {
      state = TrainingStateCodec.decode(store.read(commit.state()));
    } catch (CorruptObjectException | FineTuneException e) {
      damaged.add(e.getMessage());
      return null;
    }
    task.requireFitting(state);
    return state;
  }

  private void requireSameRun(CheckpointCommit commit) {
    if (!commit.network().equals(task.initialState().networkHash())
        || commit.scales() != task.scales()) {
      throw new CheckpointException(
          "Cannot resume %s: its checkpoints hold %d scales of network %s, this run trains %d scales of network %s. Use the model and the quantization of that run, or another run id."
              .formatted(
                  store,
                  commit.scales(),
                  commit.network(),
                  task.scales(),
                  task.initialState().networkHash()));
    }
    if (!commit.configuration().equals(task.configurationHash())) {
      throw new CheckpointException(
          "Cannot resume %s: its checkpoints are of configuration %s, this run's is %s. Use the settings, the sample and the engine of that run, or another run id."
              .formatted(store, commit.configuration(), task.configurationHash()));
    }
  }

  private List<CheckpointCommit> commits(int round) {
    List<CheckpointCommit> commits = new ArrayList<>();
    while (true) {
      String key = commitKey(round, commits.size());
      Optional<byte[]> json = store.readIfPresent(key);
      if (json.isEmpty()) {
        return commits;
      }
      commits.add(CheckpointCommit.parse(json.get(), key));
    }
  }

  /** Rounds are committed one after another, so the records present are 1 to some number. */
  private int newestRound() {
    if (!isCommitted(1)) {
      return 0;
    }
    int present = 1;
    int absent = 2;
    while (isCommitted(absent)) {
      present = absent;
      absent *= 2;
    }
    while (absent - present > 1) {
      int middle = (present + absent) >>> 1;
      if (isCommitted(middle)) {
        present = middle;
      } else {
        absent = middle;
      }
    }
    return present;
  }

  private boolean isCommitted(int round) {
    return store.readIfPresent(commitKey(round, 0)).isPresent();
  }
}
