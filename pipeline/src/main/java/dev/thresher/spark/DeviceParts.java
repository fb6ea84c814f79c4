package dev.thresher.spark;

import dev.thresher.evaluate.DeviceComparison;
import dev.thresher.evaluate.DeviceEvaluator;
import dev.thresher.evaluate.EvaluationImage;
import dev.thresher.sample.PreparedParts;
import dev.thresher.spark.EvaluateParts.PartImages;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * Compares a device's integers with the evaluation's on a cluster: parts are mapped, their counts
 * are added. So the result does not depend on executors, tasks or retries.
 */
public final class DeviceParts {
  private DeviceParts() {}

  /** Makes an evaluator on the machine that it is called on, from broadcasts that it captures. */
  @FunctionalInterface
  public interface DeviceSource extends Serializable {
    /** A new evaluator; the caller closes it. */
    DeviceEvaluator open();
  }

  /** The first rows of a part. */
  private record Slice(int part, int rows) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /**
   * Compares on the first images of a set, as many of each part as of any other.
   *
   * @param wanted how many images; all if there are fewer
   * @param done counts images for progress; may count an image again after a retry
   */
  public static DeviceComparison run(
      JavaSparkContext spark,
      PreparedParts parts,
      int wanted,
      PartImages<Integer> images,
      DeviceSource devices,
      LongAccumulator done) {
    int all = Math.min(wanted, parts.manifest().images());
    List<Slice> slices = new ArrayList<>();
    for (int part = 0; part < parts.parts(); part++) {
      int rows = CalibrateParts.rows(part, parts.parts(), all);
      if (rows > 0) {
        slices.add(new Slice(part, rows));
      }
    }
    if (slices.isEmpty()) {
      return DeviceComparison.NONE;
    }
    spark.setJobDescription("evaluate: a device's integers on %d images".formatted(all));
    try {
      return spark
          .parallelize(slices, Math.min(slices.size(), spark.defaultParallelism()))
          .mapPartitions(mine -> compare(mine, images, devices, done))
          .collect()
          .stream()
          .reduce(DeviceComparison.NONE, DeviceComparison::plus);
    } finally {
      spark.setJobDescription(null);
    }
  }

  private static Iterator<DeviceComparison> compare(
      Iterator<Slice> slices,
      PartImages<Integer> images,
      DeviceSource devices,
      LongAccumulator done) {
    DeviceComparison sum = DeviceComparison.NONE;
    try (DeviceEvaluator device = devices.open()) {
      while (slices.hasNext()) {
        Slice slice = slices.next();
        Iterator<EvaluationImage> there = images.open(slice.part());
        for (int row = 0; row < slice.rows() && there.hasNext(); row++) {
          sum = sum.plus(device.of(there.next()));
          done.add(1);
        }
      }
    }
    return List.of(sum).iterator();
  }
}
