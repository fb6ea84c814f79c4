package dev.thresher.jobs;

import dev.thresher.jobs.RunState.Snapshot;
import java.time.Instant;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What is measured of a job. The names are an interface: dashboards and alerts rely on them, so
 * they do not change, and new ones are added at the end. A value that is not known is NaN.
 *
 * @param id the name without the namespace
 * @param type gauge or counter
 * @param help one sentence
 * @param function its value in a moment
 */
record Metric(String id, String type, String help, ToDoubleFunction<Snapshot> function) {
  static final String NAMESPACE = "thresher_";

  /** All of them. */
  static final List<Metric> ALL =
      List.of(
          new Metric(
              "phase",
              "gauge",
              "What becomes of the run: 0 waiting, 1 running, 2 done, 3 failed.",
              s -> s.phase().code()),
          new Metric(
              "stage",
              "gauge",
              "Number of the stage at work among those that this job does, from 1.",
              Snapshot::number),
          new Metric(
              "stage_seconds",
              "gauge",
              "Seconds since the stage at work began.",
              Snapshot::stageSeconds),
          new Metric(
              "work_done",
              "gauge",
              "Units of the present piece of work that are done.",
              Snapshot::done),
          new Metric("work_total", "gauge", "Units of the present piece of work.", Snapshot::total),
          new Metric(
              "work_per_second",
              "gauge",
              "Units of the present piece of work a second, since it began.",
              Snapshot::perSecond),
          new Metric(
              "images_total",
              "counter",
              "Images that this process has worked on, once for each pass.",
              Snapshot::images),
          new Metric(
              "images_skipped_total",
              "counter",
              "Images that were skipped since they cannot be decoded.",
              Snapshot::skipped),
          new Metric(
              "round",
              "gauge",
              "Newest committed round of fine-tuning, 0 before the first.",
              s -> s.round().round()),
          new Metric(
              "rounds", "gauge", "Rounds that fine-tuning will have.", s -> s.round().rounds()),
          new Metric(
              "loss",
              "gauge",
              "Loss of the newest round, in units of logits.",
              s -> s.round().loss()),
          new Metric(
              "learning_rate",
              "gauge",
              "Learning rate of the newest round.",
              s -> s.round().learningRate()),
          new Metric(
              "rounds_repeated_total",
              "counter",
              "Rounds that were done again since something was not finite.",
              Snapshot::repeated),
          new Metric(
              "store_read_bytes_total",
              "counter",
              "Bytes of objects that this process has read.",
              Snapshot::bytesRead),
          new Metric(
              "store_written_bytes_total",
              "counter",
              "Bytes of objects that this process has written.",
              Snapshot::bytesWritten),
          new Metric(
              "top1_percent", "gauge", "Top-1 of the quantized network.", s -> s.figures().top1()),
          new Metric(
              "float_top1_percent",
              "gauge",
              "Top-1 of the float network.",
              s -> s.figures().floatTop1()),
          new Metric(
              "agreement_percent",
              "gauge",
              "Images on which both networks put the same class first.",
              s -> s.figures().agreement()),
          new Metric(
              "updated_timestamp_seconds",
              "gauge",
              "When these values were taken, seconds since 1970.",
              s -> seconds(s.time())));

  private static double seconds(Instant time) {
    return time.toEpochMilli() / 1e3;
  }

  double value(Snapshot moment) {
    return function.applyAsDouble(moment);
  }

  /** Its lines in Prometheus' text format, without labels of its own. */
  String text(Snapshot moment, String labels) {
    String name = NAMESPACE + id;
    return "# HELP %s %s%n# TYPE %s %s%n%s{%s} %s%n"
        .formatted(name, help, name, type, name, labels, value(moment))
        .replace(System.lineSeparator(), "\n");
  }

  /** All metrics of a moment in Prometheus' text format, those that are known. */
  static String page(Snapshot moment) {
    String labels =
        "run=\"%s\",job_name=\"%s\"".formatted(escaped(moment.run()), escaped(moment.job()));
    StringBuilder page = new StringBuilder();
    page.append("# HELP thresher_run_info The run and what it is at, always 1.\n");
    page.append("# TYPE thresher_run_info gauge\n");
    page.append(
        "thresher_run_info{%s,stage=\"%s\"} 1\n".formatted(labels, escaped(moment.stage())));
    for (Metric metric : ALL) {
      if (!Double.isNaN(metric.value(moment))) {
        page.append(metric.text(moment, labels));
      }
    }
    return page.toString();
  }

  /** The value of a label, as Prometheus' text format has it. */
  static String escaped(String value) {
    return value.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }
}
