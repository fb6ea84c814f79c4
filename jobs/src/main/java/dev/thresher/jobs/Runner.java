package dev.thresher.jobs;

import dev.thresher.checkpoint.CheckpointInspection;
import dev.thresher.jobs.config.Configuration;
import dev.thresher.store.AlreadyCommittedException;
import dev.thresher.store.RunStore;
import dev.thresher.store.WriterRecord;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;

/**
 * Runs stages in order and commits each. What is committed is not done again; a run is continued
 * with the configuration that it was begun with, and with no other.
 */
final class Runner {
  static final String CONFIGURATION_KEY = RunStore.CONFIGURATION;

  private Context context;
  private final String writer = UUID.randomUUID().toString();
  private final Events events = new Events(Clock.systemUTC());

  Runner(Context context) {
    this.context = context;
  }

  /** The printed configuration of a run that exists, held against the run's first record. */
  static Optional<String> storedConfiguration(RunStore store) {
    store
        .history()
        .configurationDamage()
        .ifPresent(
            damage -> {
              throw new DamagedException(damage);
            });
    return store
        .readIfPresent(CONFIGURATION_KEY)
        .map(bytes -> new String(bytes, StandardCharsets.UTF_8));
  }

  /** Checks what can be checked without work; changes nothing. */
  void validate(Job job, List<Stage> stages) {
    requireWholeRecords();
    checkContinues(job, storedConfiguration(context.store()));
    Set<String> available = new HashSet<>();
    for (Stage stage : stages) {
      if (context.committedIfAny(stage.name()).isEmpty()) {
        for (String need : stage.needs()) {
          if (!available.contains(need)) {
            context.committed(need);
          }
        }
        stage.validate(context);
      }
      available.add(stage.name());
    }
  }

  /**
   * Refuses, in one message, where keys are not set that stages yet to be done cannot do without.
   */
  void requireKeys(Job job, List<Stage> stages) {
    List<MissingKey> missing =
        stages.stream()
            .filter(stage -> context.committedIfAny(stage.name()).isEmpty())
            .flatMap(stage -> stage.missing(context.settings()).stream())
            .distinct()
            .toList();
    if (!missing.isEmpty()) {
      throw MissingKey.refusal(job, missing);
    }
  }

  /** Validates all stages, then runs those that are not committed yet. */
  void run(Job job, List<Stage> stages) {
    validate(job, stages);
    if (stages.stream().anyMatch(stage -> context.committedIfAny(stage.name()).isEmpty())) {
      begin();
    }
    try {
      for (Stage stage : stages) {
        Optional<StageRecord> before = context.committedIfAny(stage.name());
        if (before.isPresent()) {
          requireSame(before.get());
          context.progress().say(stage.name() + ": done before, in " + seconds(before.get()));
          events.add("skipped", Map.of("stage", stage.name()));
        } else {
          run(stage);
        }
      }
      events.add("done", Map.of());
    } catch (RuntimeException e) {
      events.add("failed", Map.of("error", String.valueOf(e.getMessage())));
      storeEventsAfter(e);
      throw e;
    }
    context.store().write(eventsKey(), events.bytes());
  }

  private void run(Stage stage) {
    context.progress().state().begins(stage.name());
    events.add("begins", Map.of("stage", stage.name()));
    long start = System.nanoTime();
    StageOutput output = stage.run(context);
    double seconds = Math.round((System.nanoTime() - start) / 1e6) / 1e3;
    StageRecord record =
        new StageRecord(
            stage.name(),
            writer,
            context.store().epoch(),
            context.configuration().hash(),
            seconds,
            output.objects(),
            StageRecord.json(output.facts()));
    try {
      context.store().commit(StageRecord.key(stage.name()), record.content());
    } catch (AlreadyCommittedException e) {
      // The driver before this one did the same just before it noticed that it is replaced.
      requireSame(context.committed(stage.name()));
    }
    events.add("committed", Map.of("stage", stage.name(), "seconds", seconds));
    context.progress().say(stage.name() + ": done in " + seconds(record));
  }

  /** Takes the run, so that a driver that still lives elsewhere commits nothing more. */
  private void begin() {
    requireLinkedRecords();
    String stored = commitConfiguration(context.store());
    WriterRecord self =
        WriterRecord.ofThisProcess(writer).by(stored.getBytes(StandardCharsets.UTF_8));
    RunStore store = context.store().takeOver(self);
    context = context.writing(store);
    context.telemetry().writesTo(store);
    events.add(
        "run",
        Map.of(
            "run", store.runId(),
            "writer", writer,
            "epoch", store.epoch(),
            "configuration_sha256", context.configuration().hash()));
  }

  /** Before the first record, which names its hash. */
  private String commitConfiguration(RunStore store) {
    Optional<String> stored = storedConfiguration(store);
    if (stored.isPresent()) {
      return stored.get();
    }
    String printed = context.configuration().print();
    try {
      store.commitAlone(CONFIGURATION_KEY, printed);
      return printed;
    } catch (AlreadyCommittedException e) {
      // Somebody began the same run in the same moment: then theirs must be equal.
      String other = storedConfiguration(store).orElseThrow(() -> e);
      checkSame(other);
      return other;
    }
  }

  /** A damaged checkpoint is passed over where training goes on; no other record is. */
  private void requireWholeRecords() {
    RunStore store = context.store();
    List<String> damage = store.history().damage(key -> !CheckpointInspection.isRecord(key));
    if (!damage.isEmpty()) {
      throw new DamagedException(
          "Cannot go on with run %s: it is damaged; 'thresher fsck --run %s' tells all. Put back what is named here, or begin a new run: --run %s%n%s"
              .formatted(
                  store.runId(),
                  store.runId(),
                  successor(store.runId()),
                  String.join(System.lineSeparator(), damage)));
    }
  }

  private void requireLinkedRecords() {
    String run = context.store().runId();
    if (context.store().history().isOfEarlierRelease()) {
      throw new BadInputException(
          "Cannot go on with run %s: an earlier release of Thresher began it, whose records do not name each other. Finish it with that release, or begin a new run: --run %s"
              .formatted(run, successor(run)));
    }
  }

  /** Where config.conf is lost, what was committed still says which configuration it is of. */
  private void requireSame(StageRecord record) {
    String now = context.configuration().hash();
    if (!record.configuration().equals(now)) {
      throw new UsageException(
          "Stage "
              + record.stage()
              + " of run "
              + context.store().runId()
              + " was done with another configuration (SHA-256 "
              + record.configuration()
              + ", now "
              + now
              + "). Continue it with the old one, or begin a new run: --run "
              + successor(context.store().runId()));
    }
  }

  private void checkContinues(Job job, Optional<String> stored) {
    if (stored.isPresent()) {
      checkSame(stored.get());
    } else if (!job.beginsARun()) {
      throw new BadInputException(
          "There is no run "
              + context.store().runId()
              + " to continue in "
              + context.store().address()
              + "; correct --run or store.root, or begin it: thresher sample --run "
              + context.store().runId());
    }
  }

  private void checkSame(String stored) {
    Configuration now = context.configuration();
    List<String> differences = now.differencesFrom(stored);
    if (!differences.isEmpty()) {
      String run = context.store().runId();
      throw new UsageException(
          "Run "
              + run
              + " exists with another configuration: "
              + String.join("; ", differences)
              + ". Continue it with the old values, or begin a new run: --run "
              + successor(run));
    }
  }

  /** x becomes x-2, x-2 becomes x-3. */
  static String successor(String run) {
    int dash = run.lastIndexOf('-');
    String end = run.substring(dash + 1);
    if (dash > 0 && end.matches("[1-9][0-9]?")) {
      return run.substring(0, dash + 1) + (Integer.parseInt(end) + 1);
    }
    return run.substring(0, Math.min(run.length(), 78)) + "-2";
  }

  /** Times of all stages of this run, those of earlier processes included, in the given order. */
  static List<Progress.Timing> timings(Context context, List<Stage> stages) {
    List<Progress.Timing> timings = new ArrayList<>();
    for (Stage stage : stages) {
      context
          .committedIfAny(stage.name())
          .ifPresent(r -> timings.add(new Progress.Timing(r.stage(), r.seconds())));
    }
    return timings;
  }

  private static String seconds(StageRecord record) {
    return String.format(Locale.ROOT, "%.1f s", record.seconds());
  }

  private String eventsKey() {
    return "events/" + writer + ".jsonl";
  }

  private void storeEventsAfter(RuntimeException failure) {
    try {
      context.store().write(eventsKey(), events.bytes());
    } catch (RuntimeException e) {
      failure.addSuppressed(e);
    }
  }
}
