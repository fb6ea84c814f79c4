package dev.thresher.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thresher.evaluate.Summary;
import dev.thresher.jobs.config.Configuration;
import dev.thresher.jobs.config.ConfigurationLoader;
import dev.thresher.jobs.config.Settings;
import dev.thresher.jobs.stages.Summaries;
import dev.thresher.publish.Promotion;
import dev.thresher.publish.Publications;
import dev.thresher.store.CorruptObjectException;
import dev.thresher.store.History;
import dev.thresher.store.ObjectRecord;
import dev.thresher.store.RunStore;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A run that may be published: evaluated, within its gate, and whole. */
record Candidate(String network, Promotion promotion) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /**
   * Examines a run; reads its model and what its evaluation wrote, not its sample.
   *
   * @param loader of what the command line says, which may judge the run by another gate
   * @throws QualityGateException for a run that is not evaluated or misses the gate
   * @throws DamagedException for one whose records or objects are not those that were committed
   */
  static Candidate of(RunStore store, ConfigurationLoader loader) {
    String stored =
        Runner.storedConfiguration(store)
            .orElseThrow(
                () ->
                    new BadInputException(
                        "There is no run "
                            + store.runId()
                            + " in "
                            + store.address()
                            + "; correct --run or store.root"));
    requireHistory(store);
    StageRecord calibrated = record(store, "calibrate");
    StageRecord exported = record(store, "export");
    StageRecord evaluated = record(store, "evaluate");
    requireWhole(store, stored, exported, evaluated);
    Settings settings = settings(store, loader, stored);
    Summary summary = Summaries.read(store, evaluated);
    Summaries.judge(summary, settings.evaluate());
    ObjectNode evidence = evidence(summary, evaluated, calibrated);
    evidence
        .putObject("gate")
        .put("max_drop", settings.evaluate().maxDrop())
        .put("min_agreement", settings.evaluate().minAgreement())
        .put("min_sqnr_db", settings.evaluate().minSqnr())
        .put("max_rmse", settings.evaluate().maxRmse());
    return new Candidate(
        name(settings), new Promotion(store.runId(), exported.objects(), evidence));
  }

  private static void requireHistory(RunStore store) {
    History history = store.history();
    if (history.isOfEarlierRelease()) {
      throw new BadInputException(
          "Cannot publish run %s: an earlier release of Thresher made it, whose records do not name each other. Publish it with that release, or do it again: thresher run --run %s"
              .formatted(store.runId(), Runner.successor(store.runId())));
    }
    List<String> damage = history.damage(key -> true);
    if (!damage.isEmpty()) {
      throw damaged(store, damage);
    }
  }

  private static StageRecord record(RunStore store, String stage) {
    String key = StageRecord.key(stage);
    Optional<byte[]> json;
    try {
      json = store.record(key);
    } catch (CorruptObjectException e) {
      throw damaged(store, List.of(e.getMessage()));
    }
    if (json.isEmpty()) {
      throw new QualityGateException(
          "Cannot publish run %s: %s of %s is not done. Do it first: thresher run --run %s"
              .formatted(store.runId(), stage, store.address(), store.runId()));
    }
    try {
      return StageRecord.fromJson(key, json.get());
    } catch (CorruptObjectException e) {
      throw damaged(store, List.of(e.getMessage()));
    }
  }

  private static void requireWhole(
      RunStore store, String stored, StageRecord exported, StageRecord evaluated) {
    List<String> damage = new ArrayList<>();
    if (!exported.configuration().equals(Configuration.hashOf(stored))
        || !evaluated.configuration().equals(exported.configuration())) {
      damage.add(
          Runner.CONFIGURATION_KEY
              + " is not the configuration that the records of export and evaluate name");
    }
    List<ObjectRecord> objects = new ArrayList<>(exported.objects());
    objects.addAll(evaluated.objects());
    damage.addAll(Inspection.damage(store, objects));
    if (!damage.isEmpty()) {
      throw damaged(store, damage);
    }
  }

  static DamagedException damaged(RunStore store, List<String> damage) {
    return new DamagedException(
        "Cannot publish run %s: it is damaged; 'thresher fsck --run %s' tells all.%n%s"
            .formatted(store.runId(), store.runId(), String.join(System.lineSeparator(), damage)));
  }

  private static Settings settings(RunStore store, ConfigurationLoader loader, String stored) {
    Configuration configuration = loader.judging(stored).load();
    List<String> differences = configuration.differencesFrom(stored);
    if (!differences.isEmpty()) {
      throw new UsageException(
          "Run %s was made with another configuration: %s. Leave these keys out to publish it"
              .formatted(store.runId(), String.join("; ", differences)));
    }
    return configuration.settings();
  }

  private static String name(Settings settings) {
    if (settings.publish().network().isPresent()) {
      return settings.publish().network().get();
    }
    String file = Path.of(settings.model().path().orElse("")).getFileName().toString();
    int dot = file.lastIndexOf('.');
    String name = dot > 0 ? file.substring(0, dot) : file;
    if (!Publications.isName(name)) {
      throw new UsageException(
          "'%s' cannot name a publication; set publish.network to 1 to 80 characters of [A-Za-z0-9._-]"
              .formatted(name));
    }
    return name;
  }

  private static ObjectNode evidence(
      Summary summary, StageRecord evaluated, StageRecord calibrated) {
    ObjectNode evidence = JSON.createObjectNode();
    evidence.put("network", summary.network());
    evidence.set("model_sha256", calibrated.facts().path("model_sha256"));
    evidence.put("configuration_sha256", evaluated.configuration());
    evidence.put("granularity", summary.granularity()).put("scheme", summary.scheme());
    evidence.put("images_trained", summary.imagesTrained());
    try {
      JsonNode figures = JSON.readTree(summary.json());
      evidence.set("bits", figures.path("bits"));
      evidence.set("evaluation", figures.path("evaluation"));
    } catch (IOException e) {
      throw new IllegalStateException("A summary is JSON", e);
    }
    return evidence;
  }
}
