package dev.thresher.publish;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thresher.store.ObjectRecord;
import java.util.List;

/**
 * What is promoted: the model of a run and why it may be.
 *
 * @param run id
 * @param objects of the model, as the run's records name them
 * @param evidence figures of the evaluation, the gate that they passed, what was quantized; for
 *     readers, who may rely on its being JSON
 */
public record Promotion(String run, List<ObjectRecord> objects, ObjectNode evidence) {
  /** Copies. */
  public Promotion {
    objects = List.copyOf(objects);
    evidence = evidence.deepCopy();
  }

  /** Whether it is the same model of the same run. */
  boolean isTheSameModel(Promotion other) {
    return run.equals(other.run) && objects.equals(other.objects);
  }
}
