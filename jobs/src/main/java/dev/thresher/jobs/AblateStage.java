package dev.thresher.jobs;

import dev.thresher.evaluate.AblationRow;
import dev.thresher.evaluate.AblationTable;
import dev.thresher.evaluate.Summary;
import dev.thresher.jobs.config.Axis;
import dev.thresher.jobs.config.Configuration;
import dev.thresher.jobs.config.Settings;
import dev.thresher.jobs.stages.Summaries;
import dev.thresher.store.ObjectRecord;
import dev.thresher.store.RunStore;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Quantizes one network in many ways, each a run with all stages but the sample, which is that of
 * the ablation; and puts their figures into one table. A cell that is done is not done again.
 */
final class AblateStage implements Stage {
  private static final String MARKDOWN_KEY = "ablation.md";
  private static final String JSON_KEY = "ablation.json";

  private final List<Stage> stages;

  /** With the stages of a run. */
  AblateStage(List<Stage> stages) {
    this.stages = List.copyOf(stages);
  }

  /** The sample of the ablation as a cell's own. */
  private record Adopted(Stage sample, Context ablation) implements Stage {
    @Override
    public String name() {
      return sample.name();
    }

    @Override
    public void validate(Context context) {
      // The ablation's own has been.
    }

    @Override
    public StageOutput run(Context context) {
      StageRecord record = ablation.committed(name());
      Map<String, Object> facts = new LinkedHashMap<>();
      record.facts().fields().forEachRemaining(f -> facts.put(f.getKey(), f.getValue()));
      return new StageOutput(record.objects(), facts);
    }
  }

  @Override
  public String name() {
    return "ablate";
  }

  @Override
  public List<String> needs() {
    return List.of("sample");
  }

  @Override
  public List<MissingKey> missing(Settings settings) {
    return stages.stream().skip(1).flatMap(stage -> stage.missing(settings).stream()).toList();
  }

  @Override
  public void validate(Context context) {
    for (AblationPlan.Cell cell : AblationPlan.cells(context.configuration())) {
      Context inside = context(context, cell);
      stages.stream().skip(1).forEach(stage -> stage.validate(inside));
    }
  }

  @Override
  public StageOutput run(Context context) {
    List<AblationPlan.Cell> cells = AblationPlan.cells(context.configuration());
    List<AblationRow> rows = new ArrayList<>();
    for (AblationPlan.Cell cell : cells) {
      context
          .progress()
          .say(
              "ablate: cell %d of %d, %s"
                  .formatted(1 + cells.indexOf(cell), cells.size(), cell.id()));
      Context inside = context(context, cell);
      List<Stage> ofCell = new ArrayList<>(stages);
      ofCell.set(0, new Adopted(stages.get(0), context));
      new Runner(inside).run(Job.RUN, ofCell);
      rows.addAll(rows(context, inside, cell));
    }
    List<ObjectRecord> objects = new ArrayList<>();
    RunStore store = context.store();
    objects.add(store.write("ablation.parquet", AblationTable.COLUMNS.parquet(rows)));
    objects.add(store.write("ablation.csv", AblationTable.COLUMNS.csv(rows)));
    objects.add(store.write(JSON_KEY, AblationTable.json(rows)));
    byte[] markdown = AblationTable.markdown(rows).getBytes(StandardCharsets.UTF_8);
    objects.add(store.write(MARKDOWN_KEY, markdown));
    return new StageOutput(objects, Map.of("cells", cells.size()));
  }

  /** The rows of an ablation that is done, for programs. */
  static byte[] json(Context context) {
    return context.store().read(context.committed("ablate").object(JSON_KEY));
  }

  /** The table of an ablation that is done, for people. */
  static String table(Context context) {
    ObjectRecord record = context.committed("ablate").object(MARKDOWN_KEY);
    return new String(context.store().read(record), StandardCharsets.UTF_8);
  }

  private static Context context(Context context, AblationPlan.Cell cell) {
    Map<String, String> values = new LinkedHashMap<>(cell.values());
    values.put("run.id", cell.id());
    values.put("evaluate.layer-images", "0");
    values.put("evaluate.device-images", "0");
    if (!context.settings().ablate().trained()) {
      values.put("finetune.epochs", "0");
    }
    Configuration own = context.configuration().with(values);
    return context.beside(own, context.store().cell(cell.id()));
  }

  private static List<AblationRow> rows(Context ablation, Context inside, AblationPlan.Cell cell) {
    Summary summary = Summaries.read(inside);
    Map<String, String> choices = new LinkedHashMap<>();
    for (Axis axis : Axis.values()) {
      choices.put(axis.id(), cell.choices().get(axis));
    }
    double calibrate = inside.committed("calibrate").seconds();
    double finetune = inside.committed("finetune").seconds();
    List<AblationRow> rows = new ArrayList<>();
    rows.add(new AblationRow(cell.id(), choices, false, calibrate, summary));
    if (ablation.settings().ablate().trained()) {
      rows.add(new AblationRow(cell.id(), choices, true, calibrate + finetune, summary));
    }
    return rows;
  }
}
