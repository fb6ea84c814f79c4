package dev.thresher.jobs;

import java.util.List;
import java.util.stream.Collectors;

/**
 * A key of the configuration without which a stage cannot begin.
 *
 * @param what it gives, in a few words
 * @param example a value
 */
public record MissingKey(String key, String what, String example) {
  /** One message for all of them. */
  static UsageException refusal(Job job, List<MissingKey> missing) {
    String lines =
        missing.stream()
            .map(m -> "  %-12s %-58s --set %s=%s".formatted(m.key, m.what, m.key, m.example))
            .collect(Collectors.joining("\n"));
    return new UsageException(
        "Cannot %s: %s not set.\n%s\n"
                .formatted(
                    job.id(),
                    missing.size() == 1 ? "a key is" : missing.size() + " keys are",
                    lines)
            + "Give each with --set, or all in a file with --conf; docs/configuration.md describes"
            + " every key.\n"
            + "'thresher quickstart' needs none of them: it makes its own data.");
  }
}
