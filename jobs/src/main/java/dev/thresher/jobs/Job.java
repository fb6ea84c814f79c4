package dev.thresher.jobs;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What the command line can be asked for: all stages, or one. */
enum Job {
  QUICKSTART(
      "Run everything on this machine with data that Thresher makes, in a few minutes.",
      "Starts a local S3 server, makes a small data set and network where none are given, runs all"
          + " stages and prints what became of the network. Needs no configuration."),
  RUN(
      "Run all stages: sample, calibrate, finetune, export, evaluate, report.",
      "Needs model.path, data.train and store.root. A run that was interrupted goes on where it"
          + " stopped when it is started again with its --run."),
  SAMPLE(
      "Draw the sample and write its prepared images.",
      "Draws sample.fraction of data.train per class, decodes, resizes and crops, and writes the"
          + " images once for all later stages."),
  CALIBRATE(
      "Fold the network, measure its ranges, balance its channels.",
      "Continues a run that has its sample."),
  FINETUNE(
      "Train the threshold scales, without labels.",
      "Continues a run that is calibrated. A training that was interrupted goes on from its last"
          + " committed checkpoint."),
  EXPORT(
      "Write the quantized network: integers and scales, ONNX.",
      "Continues a run that is fine-tuned."),
  EVALUATE(
      "Compare the quantized network with the float one.",
      "Continues a run that is exported. Exit code 4 when evaluate.max-drop or evaluate.min-agreement is missed."),
  REPORT(
      "Write what came of the run as one HTML page.",
      "Continues a run that is evaluated. The page needs no other file and no network."),
  ABLATE(
      "Quantize one network in many ways and print the table of their figures.",
      "Ranges, rescaling, bias correction, granularity and scheme, before and after training, as the"
          + " section ablate says. Every cell is a run under <store.root>/ablations/<id>/runs, so its"
          + " cost is that of so many runs on one sample. An ablation that was interrupted goes on"
          + " when it is started again with its --run.");

  private final String summary;
  private final String description;

  Job(String summary, String description) {
    this.summary = summary;
    this.description = description;
  }

  String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  String summary() {
    return summary;
  }

  String description() {
    return description;
  }

  /** The overlay that this job brings. */
  Optional<String> overlay() {
    return this == QUICKSTART ? Optional.of("quickstart.conf") : Optional.empty();
  }

  /** Whether the job begins a run where no --run names one. */
  boolean beginsARun() {
    return this == QUICKSTART || this == RUN || this == SAMPLE || this == ABLATE;
  }

  /** The stages of this job, in order, out of all. */
  List<Stage> stages(List<Stage> all) {
    if (this == QUICKSTART || this == RUN) {
      return all;
    }
    if (this == ABLATE) {
      return List.of(all.get(0), new AblateStage(all));
    }
    return all.stream().filter(stage -> stage.name().equals(id())).toList();
  }
}
