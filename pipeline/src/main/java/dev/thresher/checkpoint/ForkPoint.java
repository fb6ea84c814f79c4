package dev.thresher.checkpoint;

import dev.thresher.finetune.FineTuneException;
import dev.thresher.finetune.TrainingState;
import dev.thresher.finetune.TrainingStateCodec;
import dev.thresher.store.CorruptObjectException;
import dev.thresher.store.Numbered;
import dev.thresher.store.ObjectRecord;
import dev.thresher.store.RunStore;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A checkpoint of another run, whose scales a new run begins with; its optimizer and its schedule
 * begin afresh. Written {@code RUN@ROUND}.
 *
 * @param run id of the other run
 * @param round counted from 1
 */
public record ForkPoint(String run, int round) {
  /** Reads what {@link #toString} writes. */
  public static ForkPoint parse(String text) {
    int at = text.lastIndexOf('@');
    try {
      ForkPoint point =
          new ForkPoint(
              text.substring(0, Math.max(0, at)), Integer.parseInt(text.substring(at + 1)));
      if (RunStore.isRunId(point.run) && point.round > 0) {
        return point;
      }
    } catch (NumberFormatException e) {
      // Told below.
    }
    throw new CheckpointException(
        "Cannot fork from '" + text + "': give RUN@ROUND, the round counted from 1");
  }

  /** The newest round of a run whose state is whole; its damaged ones are passed over. */
  public static ForkPoint newest(RunStore other) {
    int newest = Numbered.newest(n -> other.isThere(commitKey(n, 0)));
    List<String> reasons = new ArrayList<>();
    for (int round = newest; round > 0; round--) {
      ForkPoint point = new ForkPoint(other.runId(), round);
      if (point.stateIfWhole(other, reasons).isPresent()) {
        return point;
      }
    }
    throw new CheckpointException(
        "Cannot fork from "
            + other
            + ": it has no checkpoint that is whole. "
            + String.join("; ", reasons));
  }

  /** The state of this round. */
  public TrainingState state(RunStore other) {
    List<String> reasons = new ArrayList<>();
    return stateIfWhole(other, reasons)
        .orElseThrow(
            () ->
                new CheckpointException(
                    "Cannot fork from round "
                        + round
                        + " of "
                        + other
                        + ": its state is not there (only the newest and the best are kept). "
                        + String.join("; ", reasons)));
  }

  private Optional<TrainingState> stateIfWhole(RunStore other, List<String> reasons) {
    for (int attempt = 0; ; attempt++) {
      String key = commitKey(round, attempt);
      try {
        Optional<byte[]> json = other.record(key);
        if (json.isEmpty()) {
          return Optional.empty();
        }
        ObjectRecord state = CheckpointCommit.parse(json.get(), key).state();
        return Optional.of(TrainingStateCodec.decode(other.read(state)));
      } catch (CorruptObjectException | FineTuneException e) {
        reasons.add(e.getMessage());
      }
    }
  }

  private static String commitKey(int round, int attempt) {
    return CheckpointStore.commitKey(round, attempt);
  }

  @Override
  public String toString() {
    return run + "@" + round;
  }
}
