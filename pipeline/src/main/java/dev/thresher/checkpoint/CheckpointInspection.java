package dev.thresher.checkpoint;

import dev.thresher.checkpoint.CheckpointCommit.KeptState;
import dev.thresher.store.CorruptObjectException;
import dev.thresher.store.History;
import dev.thresher.store.ObjectRecord;
import dev.thresher.store.RunStore;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * What the checkpoint records of a run say, whatever it trains.
 *
 * @param states that must be there: of the newest whole record, and those that it keeps
 * @param givenUp states that earlier records name and that the newest one does not keep
 * @param damaged records that cannot be read, and how
 */
public record CheckpointInspection(
    List<ObjectRecord> states, List<ObjectRecord> givenUp, List<String> damaged) {
  private static final String FOLDER = "checkpoints/commits/";

  /** Copies. */
  public CheckpointInspection {
    states = List.copyOf(states);
    givenUp = List.copyOf(givenUp);
    damaged = List.copyOf(damaged);
  }

  /** Whether this is the key of a checkpoint's record. */
  public static boolean isRecord(String key) {
    return key.startsWith(FOLDER) && key.endsWith(".json");
  }

  /** Reads the records of these keys, whose order does not matter, as the history has them. */
  public static CheckpointInspection of(RunStore store, History history, Collection<String> keys) {
    List<CheckpointCommit> commits = new ArrayList<>();
    List<String> damaged = new ArrayList<>();
    CheckpointCommit newest = null;
    for (String key : keys.stream().sorted().toList()) {
      try {
        Optional<byte[]> json = store.readIfPresent(key);
        history.require(key, json);
        CheckpointCommit commit = CheckpointCommit.parse(json.orElse(new byte[0]), key);
        commits.add(commit);
        // Of a round that was run again, the later attempt.
        newest =
            newest == null || commit.round().round() >= newest.round().round() ? commit : newest;
      } catch (CorruptObjectException | CheckpointException e) {
        damaged.add(e.getMessage());
      }
    }
    List<ObjectRecord> states = new ArrayList<>();
    if (newest != null) {
      newest.kept().stream().map(KeptState::state).forEach(states::add);
      states.add(newest.state());
    }
    List<ObjectRecord> givenUp =
        commits.stream()
            .map(CheckpointCommit::state)
            .filter(state -> !states.contains(state))
            .toList();
    return new CheckpointInspection(states, givenUp, damaged);
  }
}
