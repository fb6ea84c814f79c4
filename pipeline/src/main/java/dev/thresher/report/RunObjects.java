package dev.thresher.report;

import dev.thresher.store.ObjectRecord;
import java.util.List;
import java.util.Optional;

/** The committed objects of a run, as a report reads them. */
public interface RunObjects {
  /** Every object that a stage of the run has committed, in the order of the stages. */
  List<ObjectRecord> records();

  /**
   * The bytes of a committed object, and of the configuration.
   *
   * @param name the object's name or key; empty where the run has no such object
   */
  Optional<byte[]> read(String name);
}
