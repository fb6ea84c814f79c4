package dev.thresher.checkpoint;

import dev.thresher.checkpoint.CheckpointCommit.KeptState;
import dev.thresher.finetune.FineTuneException;
import dev.thresher.finetune.FineTuneTask;
import dev.thresher.finetune.RoundRecord;
import dev.thresher.finetune.TrainingState;
import dev.thresher.finetune.TrainingStateCodec;
import dev.thresher.store.AlreadyCommittedException;
import dev.thresher.store.CorruptObjectException;
import dev.thresher.store.History;
import dev.thresher.store.Numbered;
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
 * checkpoints/commits/<round>.json} is created if absent and names it with size and SHA-256, and
 * with it the earlier states that are kept: in that step the checkpoint exists, whole. {@link
 * #latest} finds the newest record by its number, never by a listing; a record that does not match
 * its own seal, or a state that does not match its record, is reported, and the one before is used.
 * A round that is then run again commits as {@code <round>.<attempt>.json}. Only states that no
 * later resume needs are removed, after the record that gives them up. Not thread-safe: one driver
 * owns a run. Source: method, section 8.
 */
public final class CheckpointStore {
  private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);

  private final RunStore store;
  private final FineTuneTask task;
  private final String codeVersion;
  private final Retention retention;

  /** Attempts committed so far of rounds that are to be run again. */
  private final Map<Integer, Integer> attempts = new TreeMap<>();

  /** States that are there, besides those of rounds to be run again. */
  private final List<KeptState> states = new ArrayList<>();

  /** The checkpoints of a task in a run's store. */
  public CheckpointStore(
      RunStore store, FineTuneTask task, String codeVersion, Retention retention) {
    this.store = store;
    this.task = task;
    this.codeVersion = codeVersion;
    this.retention = retention;
  }

  static String commitKey(int round, int attempt) {
    String suffix = attempt == 0 ? "" : "." + attempt;
    return "checkpoints/commits/%06d%s.json".formatted(round, suffix);
  }

  /**
   * Makes a round's state durable and visible, then removes states that are not kept.
   *
   * @throws dev.thresher.store.FencedException if another job has taken the run
   * @throws AlreadyCommittedException if the run was not taken and the round is committed
   */
  public void save(TrainingState state, RoundRecord round) {
    byte[] bytes = TrainingStateCodec.encode(state);
    int attempt = attempts.getOrDefault(state.round(), 0);
    ObjectRecord object =
        store.write(
            "checkpoints/states/%06d-%d-%08x.state"
                .formatted(state.round(), attempt, java.util.Arrays.hashCode(bytes)),
            bytes);
    List<KeptState> kept = states.stream().filter(s -> isKept(s, state)).toList();
    CheckpointCommit commit =
        new CheckpointCommit(
            CheckpointCommit.FORMAT,
            task.configurationHash(),
            state.networkHash(),
            task.scales(),
            codeVersion,
            store.epoch(),
            object,
            kept,
            round);
    commit(commit, state.round(), attempt);
    for (KeptState old : states) {
      if (!kept.contains(old)) {
        store.delete(old.state());
      }
    }
    states.clear();
    states.addAll(kept);
    states.add(new KeptState(state.round(), object));
  }

  private boolean isKept(KeptState old, TrainingState newest) {
    return old.round() < newest.round()
        && (old.round() > newest.round() - retention.last()
            || newest.best().map(best -> best.round() == old.round()).orElse(false));
  }

  /**
   * A writer that took the run may meet a record of the round by the writer before it: of the same
   * state, which is this checkpoint then, or a damaged one, behind which it commits its own.
   */
  private void commit(CheckpointCommit commit, int round, int attempt) {
    for (int slot = attempt; ; slot++) {
      String key = commitKey(round, slot);
      try {
        store.commit(key, commit.content());
        return;
      } catch (AlreadyCommittedException e) {
        if (store.epoch() == 0) {
          throw e;
        }
        if (isTheSame(key, commit)) {
          return;
        }
      }
    }
  }

  private boolean isTheSame(String key, CheckpointCommit commit) {
    try {
      return store
          .record(key)
          .map(json -> CheckpointCommit.parse(json, key).state().sha256())
          .filter(commit.state().sha256()::equals)
          .isPresent();
    } catch (CorruptObjectException e) {
      return false;
    }
  }

  /**
   * The newest checkpoint that is whole, or empty where no round was committed.
   *
   * @throws CheckpointException for checkpoints of another configuration, or where all are damaged
   */
  public Optional<Checkpoint> latest() {
    attempts.clear();
    states.clear();
    int newest = Numbered.newest(n -> store.isThere(commitKey(n, 0)));
    History history = store.history();
    List<String> damaged = new ArrayList<>();
    ArrayDeque<RoundRecord> rounds = new ArrayDeque<>();
    TrainingState found = null;
    for (int round = newest; round >= 1; round--) {
      Commits commits = commits(round, history);
      damaged.addAll(commits.damaged());
      for (int i = commits.whole().size() - 1; i >= 0 && found == null; i--) {
        CheckpointCommit commit = commits.whole().get(i);
        found = read(commit, damaged);
        if (found != null) {
          states.addAll(commit.kept());
          states.add(new KeptState(round, commit.state()));
        }
      }
      if (found == null) {
        attempts.put(round, commits.attempts());
      } else if (!commits.whole().isEmpty()) {
        rounds.addFirst(commits.whole().get(commits.whole().size() - 1).round());
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

  /** The records of one round: those that are whole, and how many there are with the others. */
  private record Commits(List<CheckpointCommit> whole, List<String> damaged, int attempts) {}

  private Commits commits(int round, History history) {
    List<CheckpointCommit> whole = new ArrayList<>();
    List<String> damaged = new ArrayList<>();
    int attempts = 0;
    while (true) {
      String key = commitKey(round, attempts);
      try {
        Optional<byte[]> json = store.readIfPresent(key);
        if (json.isEmpty()) {
          if (attempts == 0) {
            damaged.add("Cannot find the commit record " + key + ", and there is a later one");
          }
          return new Commits(whole, damaged, attempts);
        }
        history.require(key, json);
        whole.add(CheckpointCommit.parse(json.get(), key));
        store.adopt(history, key, json.get());
      } catch (CorruptObjectException e) {
        damaged.add(e.getMessage());
      }
      attempts++;
    }
  }
}
