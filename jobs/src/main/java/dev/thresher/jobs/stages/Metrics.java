package dev.thresher.jobs.stages;

import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.evaluate.ClassRow;
import dev.thresher.evaluate.Evaluation;
import dev.thresher.evaluate.EvaluationSummary;
import dev.thresher.evaluate.HistogramRow;
import dev.thresher.evaluate.ImageFigures;
import dev.thresher.evaluate.ImageRow;
import dev.thresher.evaluate.LayerStudy;
import dev.thresher.evaluate.LayerTable;
import dev.thresher.evaluate.MetricsTable;
import dev.thresher.evaluate.MetricsTables;
import dev.thresher.evaluate.Summary;
import dev.thresher.evaluate.ThresholdTable;
import dev.thresher.jobs.Context;
import dev.thresher.sample.PartRecord;
import dev.thresher.store.ObjectRecord;
import java.util.ArrayList;
import java.util.List;

/** The tables of a run, {@code metrics/NAME.parquet} and {@code .csv}. */
final class Metrics {
  private Metrics() {}

  /**
   * What was found out when a run was evaluated.
   *
   * @param set the images
   * @param evaluation figures of every network and image
   * @param figures the same with their intervals
   * @param study of the layers
   */
  record Results(
      ImageSet set, Evaluation evaluation, EvaluationSummary figures, LayerStudy study) {}

  /** Writes every table; those that have nothing to say have their columns and no rows. */
  static List<ObjectRecord> write(Context context, Results results) {
    ThresholdedNetwork network = FinetuneStage.network(context);
    float[] scales = FinetuneStage.scales(context);
    Evaluation evaluation = results.evaluation();
    LayerStudy study = results.study();
    List<ObjectRecord> objects = new ArrayList<>();
    write(context, MetricsTables.ROUNDS, FinetuneStage.rounds(context), objects);
    write(
        context,
        MetricsTables.LAYERS,
        LayerTable.of(FinetuneStage.integers(context), study),
        objects);
    write(context, MetricsTables.THRESHOLDS, ThresholdTable.of(network, scales), objects);
    write(context, MetricsTables.RESCALING, CalibrateStage.rescaling(context).rows(), objects);
    write(context, MetricsTables.EVALUATION, results.figures().rows(), objects);
    write(
        context,
        MetricsTables.CLASSES,
        ClassRow.of(evaluation, Summary.UNTRAINED, Summary.QUANTIZED),
        objects);
    write(context, MetricsTables.IMAGES, images(context, results), objects);
    write(context, MetricsTables.HISTOGRAMS, HistogramRow.of(network.graph(), study), objects);
    return objects;
  }

  /** Images were evaluated part by part, row by row. */
  private static List<ImageRow> images(Context context, Results results) {
    Evaluation evaluation = results.evaluation();
    int untrained = evaluation.index(Summary.UNTRAINED);
    int quantized = evaluation.index(Summary.QUANTIZED);
    int classes = evaluation.comparisons().get(quantized).classes();
    List<PartRecord> parts = results.set().open(context).manifest().parts();
    List<ImageRow> rows = new ArrayList<>();
    for (int part = 0; part < parts.size(); part++) {
      String key = results.set().record(parts.get(part)).key();
      for (int row = 0; row < parts.get(part).rows(); row++) {
        ImageFigures image = evaluation.images().get(rows.size());
        rows.add(
            new ImageRow(
                new ImageRow.Place(results.figures().set(), part, row, key),
                image,
                image.candidates().get(untrained),
                image.candidates().get(quantized),
                image.logitRmse(quantized, classes)));
      }
    }
    return rows;
  }

  private static <R> void write(
      Context context, MetricsTable<R> table, List<R> rows, List<ObjectRecord> objects) {
    String key = "metrics/" + table.name();
    objects.add(context.store().write(key + ".parquet", table.parquet(rows)));
    objects.add(context.store().write(key + ".csv", table.csv(rows)));
  }
}
