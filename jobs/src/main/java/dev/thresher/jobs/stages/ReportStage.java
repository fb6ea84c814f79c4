package dev.thresher.jobs.stages;

import dev.thresher.jobs.Context;
import dev.thresher.jobs.Stage;
import dev.thresher.jobs.StageOutput;
import dev.thresher.jobs.config.Settings;
import dev.thresher.report.QualityGate;
import dev.thresher.report.RunObjects;
import dev.thresher.report.RunReport;
import dev.thresher.store.ObjectRecord;
import java.util.List;
import java.util.Optional;

/** Writes what came of the run as one page, from what the stages before have committed. */
public final class ReportStage implements Stage {
  /** The page. */
  public static final String KEY = "report.html";

  @Override
  public String name() {
    return "report";
  }

  @Override
  public List<String> needs() {
    return List.of("sample", "calibrate", "finetune", "export", "evaluate");
  }

  @Override
  public void validate(Context context) {
    // Everything that it reads is written by the stages before it.
  }

  @Override
  public StageOutput run(Context context) {
    Settings.Evaluate gate = context.settings().evaluate();
    byte[] html =
        RunReport.render(
            new Committed(context, needs()),
            new QualityGate(gate.maxDrop(), gate.minAgreement(), gate.minSqnr(), gate.maxRmse()));
    return StageOutput.of(List.of(context.store().write(KEY, html)));
  }

  /** What the stages have committed, held against their records when it is read. */
  private static final class Committed implements RunObjects {
    private static final String CONFIGURATION = "config.conf";

    private final Context context;
    private final List<ObjectRecord> records;

    Committed(Context context, List<String> stages) {
      this.context = context;
      this.records =
          stages.stream().flatMap(stage -> context.committed(stage).objects().stream()).toList();
    }

    @Override
    public List<ObjectRecord> records() {
      return records;
    }

    @Override
    public Optional<byte[]> read(String name) {
      if (name.equals(CONFIGURATION)) {
        return context.store().readIfPresent(name);
      }
      return records.stream()
          .filter(record -> record.name().equals(name) || record.key().equals(name))
          .findFirst()
          .map(context.store()::read);
    }
  }
}
