package dev.thresher.jobs;

import dev.thresher.store.ObjectRecord;
import java.util.List;
import java.util.Map;

/**
 * What a stage wrote: its objects, and facts for the stages after it and for the summary. Facts are
 * what JSON can hold: texts, numbers, lists, maps.
 */
public record StageOutput(List<ObjectRecord> objects, Map<String, ?> facts) {
  /** Copies both. */
  public StageOutput {
    objects = List.copyOf(objects);
    facts = Map.copyOf(facts);
  }

  /** Objects without facts. */
  public static StageOutput of(List<ObjectRecord> objects) {
    return new StageOutput(objects, Map.of());
  }
}
