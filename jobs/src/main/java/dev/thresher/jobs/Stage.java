package dev.thresher.jobs;

import dev.thresher.jobs.config.Settings;
import java.util.List;

/** One step of a run. Its result is a pure function of the configuration and its inputs. */
public interface Stage {
  /** The word that a newcomer meets as package, job and section of the configuration. */
  String name();

  /** The stages whose committed output this one reads. */
  default List<String> needs() {
    return List.of();
  }

  /** The keys of the configuration that this stage cannot begin without, and that are not set. */
  default List<MissingKey> missing(Settings settings) {
    return List.of();
  }

  /**
   * Finds out, without work and without Spark, whether the stage can run: files exist, formats are
   * readable. Throws what to tell the user. What earlier stages will write is not there yet.
   */
  void validate(Context context);

  /** Does the work; what it returns is committed, and with it the stage is done for good. */
  StageOutput run(Context context);
}
