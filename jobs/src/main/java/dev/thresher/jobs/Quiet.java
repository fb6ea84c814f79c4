package dev.thresher.jobs;

import java.util.List;
import org.apache.logging.log4j.Level;
import org.apache.logging.log4j.LogManager;
import org.apache.logging.log4j.core.config.Configurator;

/** Keeps s3a from warning of what is normal here, wherever the logging is Spark's own. */
final class Quiet {
  /** A conditional write that is refused is an answer, not a failure. */
  private static final List<String> WARN_OF_ANSWERS =
      List.of(
          "org.apache.hadoop.fs.s3a.S3ABlockOutputStream",
          "org.apache.hadoop.fs.s3a.S3AInstrumentation");

  private Quiet() {}

  /** Raises the least level of these loggers to errors; one that is stricter stays as it is. */
  static void refusedWrites() {
    for (String logger : WARN_OF_ANSWERS) {
      if (LogManager.getLogger(logger).getLevel().isLessSpecificThan(Level.WARN)) {
        Configurator.setLevel(logger, Level.ERROR);
      }
    }
  }
}
