package dev.thresher.jobs;

import dev.thresher.jobs.stages.CalibrateStage;
import dev.thresher.jobs.stages.EvaluateStage;
import dev.thresher.jobs.stages.ExportStage;
import dev.thresher.jobs.stages.FinetuneStage;
import dev.thresher.jobs.stages.ReportStage;
import dev.thresher.jobs.stages.SampleStage;
import java.util.List;

/** The stages of a run, in the order in which the data flows. */
final class Stages {
  private Stages() {}

  static List<Stage> all() {
    return List.of(
        new SampleStage(),
        new CalibrateStage(),
        new FinetuneStage(),
        new ExportStage(),
        new EvaluateStage(),
        new ReportStage());
  }
}
