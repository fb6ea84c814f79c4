package dev.thresher.jobs;

import dev.thresher.jobs.config.ConfigurationException;
import dev.thresher.checkpoint.CheckpointException;
import dev.thresher.evaluate.EvaluationException;
import dev.thresher.finetune.FineTuneException;
import dev.thresher.network.NetworkFormatException;
import dev.thresher.sample.SampleException;
import dev.thresher.store.StoreException;
import java.util.List;
import java.util.Optional;

/** What the process tells its caller. */
public enum ExitCode {
  /** Done. */
  DONE(0),
  /** A fault of Thresher, or of the machine. */
  FAILED(1),
  /** Bad usage or configuration. */
  USAGE(2),
  /** A network, images or a store that cannot be used. */
  INPUT(3),
  /** The quality gate. */
  GATE(4);

  private static final List<Class<? extends RuntimeException>> OF_USAGE =
      List.of(UsageException.class, ConfigurationException.class);
  private static final List<Class<? extends RuntimeException>> OF_INPUT =
      List.of(
          BadInputException.class,
          NetworkFormatException.class,
          StoreException.class,
          SampleException.class,
          FineTuneException.class,
          CheckpointException.class,
          EvaluationException.class);

  private final int status;

  ExitCode(int status) {
    this.status = status;
  }

  /** The process's exit status. */
  public int status() {
    return status;
  }

  /** The code of the outermost exception in the chain of causes that has one, else FAILED. */
  static ExitCode of(Throwable thrown) {
    return known(thrown).map(ExitCode::direct).orElse(FAILED);
  }

  /**
   * The outermost exception in the chain of causes that was made for the user: Spark wraps what
   * tasks throw.
   */
  static Optional<Throwable> known(Throwable thrown) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      if (direct(t) != FAILED) {
        return Optional.of(t);
      }
    }
    return Optional.empty();
  }

  private static ExitCode direct(Throwable thrown) {
    if (OF_USAGE.stream().anyMatch(kind -> kind.isInstance(thrown))) {
      return USAGE;
    }
    if (OF_INPUT.stream().anyMatch(kind -> kind.isInstance(thrown))) {
      return INPUT;
    }
    return thrown instanceof QualityGateException ? GATE : FAILED;
  }
}
