package dev.thresher.jobs;

import dev.thresher.checkpoint.CheckpointException;
import dev.thresher.engine.EngineMemoryException;
import dev.thresher.engine.EngineUnavailableException;
import dev.thresher.evaluate.EvaluationException;
import dev.thresher.export.ModelFormatException;
import dev.thresher.finetune.FineTuneException;
import dev.thresher.finetune.NonFiniteTrainingException;
import dev.thresher.image.ImageFormatException;
import dev.thresher.jobs.config.ConfigurationException;
import dev.thresher.network.NetworkFormatException;
import dev.thresher.provenance.ProvenanceFormatException;
import dev.thresher.sample.SampleException;
import dev.thresher.store.CorruptObjectException;
import dev.thresher.store.FencedException;
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
  /** A network, images, a store or a machine that cannot be used. */
  INPUT(3),
  /** The quality gate. */
  GATE(4),
  /** Another job has taken the run over, or published in the same moment. */
  TAKEN_OVER(5),
  /** Something that is stored is damaged or gone. */
  DAMAGED(6);

  private static final List<Class<? extends RuntimeException>> OF_USAGE =
      List.of(UsageException.class, ConfigurationException.class, EngineMemoryException.class);
  private static final List<Class<? extends RuntimeException>> OF_INPUT =
      List.of(
          BadInputException.class,
          EngineUnavailableException.class,
          NetworkFormatException.class,
          ImageFormatException.class,
          SampleException.class,
          ModelFormatException.class,
          FineTuneException.class,
          EvaluationException.class,
          CheckpointException.class,
          ProvenanceFormatException.class,
          StoreException.class);

  private final int status;

  ExitCode(int status) {
    this.status = status;
  }

  /** The process's exit status. */
  public int status() {
    return status;
  }

  /**
   * The code of the outermost exception in the chain of causes that is ours, else FAILED; damage of
   * what is stored counts wherever it stands in the chain.
   */
  static ExitCode of(Throwable thrown) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      if (t instanceof DamagedException || t instanceof CorruptObjectException) {
        return DAMAGED;
      }
    }
    return ours(thrown).map(ExitCode::direct).orElse(isOfAFullDisk(thrown) ? INPUT : FAILED);
  }

  /** Whether a disk is full on which Spark itself works: of the driver, or of an executor. */
  static boolean isOfAFullDisk(Throwable thrown) {
    return says(thrown, "No space left on device").isPresent();
  }

  /** What says that a JVM had too little heap, the driver's or an executor's. */
  static Optional<Throwable> ofAFullHeap(Throwable thrown) {
    return says(thrown, "java.lang.OutOfMemoryError: Java heap space")
        .or(() -> says(thrown, "java.lang.OutOfMemoryError: GC overhead limit exceeded"));
  }

  /** What an executor threw is text here. */
  private static Optional<Throwable> says(Throwable thrown, String text) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      if (t.toString().contains(text)) {
        return Optional.of(t);
      }
    }
    return Optional.empty();
  }

  /**
   * The outermost exception in the chain of causes that Thresher threw with a message for the user:
   * Spark wraps what tasks throw.
   */
  static Optional<Throwable> ours(Throwable thrown) {
    for (Throwable t = thrown; t != null; t = t.getCause()) {
      if (t.getClass().getName().startsWith("dev.thresher.")) {
        return Optional.of(t);
      }
    }
    return Optional.empty();
  }

  private static ExitCode direct(Throwable thrown) {
    if (OF_USAGE.stream().anyMatch(kind -> kind.isInstance(thrown))) {
      return USAGE;
    }
    if (thrown instanceof NonFiniteTrainingException) {
      return FAILED;
    }
    if (thrown instanceof FencedException || thrown instanceof PublishedMeanwhileException) {
      return TAKEN_OVER;
    }
    if (OF_INPUT.stream().anyMatch(kind -> kind.isInstance(thrown))) {
      return INPUT;
    }
    return thrown instanceof QualityGateException ? GATE : FAILED;
  }
}
