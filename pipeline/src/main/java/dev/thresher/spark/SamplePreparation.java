package dev.thresher.spark;

import dev.thresher.image.Preprocessing;
import dev.thresher.sample.ImageFiles;
import dev.thresher.sample.ImageRef;
import dev.thresher.sample.PartPreparation;
import dev.thresher.sample.PartResult;
import dev.thresher.sample.PartSink;
import dev.thresher.sample.SampleManifest;
import dev.thresher.sample.SamplePlan;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * Prepares a sample on a cluster: one task for each part.
 *
 * <p>Tasks may be retried or run twice: each writes the same bytes under the same name. What counts
 * is what the tasks return, gathered in part order; the accumulator is for display, since Spark
 * adds to it again on a retry.
 */
public final class SamplePreparation {
  private final Preprocessing preprocessing;
  private final ImageFiles files;
  private final PartSink sink;
  private final double maxBadFraction;

  /**
   * Prepares with these.
   *
   * @param files how images are read, on the driver's and on the executors' machines
   * @param sink where parts go
   * @param maxBadFraction share of the images tried that may be bad, 0 to 1
   */
  public SamplePreparation(
      Preprocessing preprocessing, ImageFiles files, PartSink sink, double maxBadFraction) {
    if (!(maxBadFraction >= 0 && maxBadFraction <= 1)) {
      throw new IllegalArgumentException(
          "Cannot allow a fraction of %s of the images to be bad: give a number from 0 to 1."
              .formatted(maxBadFraction));
    }
    this.preprocessing = preprocessing;
    this.files = files;
    this.sink = sink;
    this.maxBadFraction = maxBadFraction;
  }

  private record PartTask(int part, List<ImageRef> images) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /**
   * Prepares and writes every part; the caller commits the manifest.
   *
   * @param name of the sample in Spark's job list, such as {@code sample}
   * @param tried counts images as tasks go, for progress only
   * @throws dev.thresher.sample.SampleException if too many images are bad
   */
  public SampleManifest run(
      JavaSparkContext spark, String name, SamplePlan plan, LongAccumulator tried) {
    List<PartTask> tasks = new ArrayList<>();
    for (int part = 0; part < plan.parts(); part++) {
      tasks.add(new PartTask(part, List.copyOf(plan.part(part))));
    }
    Preprocessing shippedPreprocessing = preprocessing;
    ImageFiles shippedFiles = files;
    PartSink shippedSink = sink;
    spark.setJobDescription("%s: preparing %d images".formatted(name, plan.images().size()));
    try {
      List<PartResult> results =
          spark
              .parallelize(tasks, tasks.size())
              .map(
                  task ->
                      new PartPreparation(shippedPreprocessing, shippedFiles, shippedSink)
                          .prepare(task.part(), task.images(), () -> tried.add(1)))
              .collect();
      return SampleManifest.of(plan, preprocessing, results, maxBadFraction);
    } finally {
      spark.setJobDescription(null);
    }
  }
}
