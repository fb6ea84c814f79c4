package dev.thresher.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.thresher.jobs.stages.ReportStage;
import dev.thresher.jobs.stages.Summaries;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a job says when its stages are committed, for people and for programs. */
record Conclusion(Job job, Context context, List<Stage> stages) {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Stages after which the figures of the run are shown and judged. */
  private static final Set<String> CONCLUDED = Set.of("evaluate", "report");

  /** Whether the figures are known now. */
  boolean isEvaluated() {
    return stages.stream().anyMatch(stage -> CONCLUDED.contains(stage.name()));
  }

  /** The table, and where the results are. */
  String text() {
    StringBuilder text = new StringBuilder();
    if (isEvaluated()) {
      text.append(Summaries.read(context).table()).append(System.lineSeparator());
    } else if (job == Job.ABLATE) {
      text.append(AblateStage.table(context)).append(System.lineSeparator());
    }
    text.append("Results: ").append(results());
    if (isEvaluated()) {
      report().ifPresent(at -> text.append(System.lineSeparator()).append("Report:  ").append(at));
    }
    return text.toString();
  }

  /** One JSON object; docs/usage.md says what each field is. */
  String json() {
    ObjectNode root = JSON.createObjectNode();
    root.put("job", job.id()).put("run", context.store().runId()).put("results", results());
    root.put("report", report().orElse(null));
    root.put("configuration_sha256", context.configuration().hash());
    ArrayNode done = root.putArray("stages");
    for (Progress.Timing stage : Runner.timings(context, stages)) {
      done.addObject().put("name", stage.name()).put("seconds", stage.seconds());
    }
    if (isEvaluated()) {
      root.set("summary", parsed(Summaries.read(context).json()));
    }
    if (job == Job.ABLATE) {
      root.set("ablation", parsed(AblateStage.json(context)));
    }
    return root.toPrettyString();
  }

  private String results() {
    return Reachable.where(context.settings(), context.store().address());
  }

  private Optional<String> report() {
    return context
        .committedIfAny("report")
        .map(record -> results() + "/" + record.object(ReportStage.KEY).key());
  }

  private static JsonNode parsed(byte[] json) {
    try {
      return JSON.readTree(json);
    } catch (IOException e) {
      throw new IllegalStateException("What a stage wrote as JSON is JSON", e);
    }
  }
}
