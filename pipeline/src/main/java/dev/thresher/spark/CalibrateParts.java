package dev.thresher.spark;

import dev.thresher.calibrate.CalibrationStatistics;
import dev.thresher.engine.Engines;
import dev.thresher.engine.FloatPass;
import dev.thresher.image.Normalization;
import dev.thresher.image.PreparedImage;
import dev.thresher.network.Graph;
import dev.thresher.network.GraphCodec;
import dev.thresher.sample.PreparedParts;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;

/**
 * Gathers activation statistics on a cluster: the float network is broadcast once, each task fills
 * an accumulator over its parts, the driver merges them. The statistics are counts and extremes, so
 * the result does not depend on how parts were divided among tasks.
 */
public final class CalibrateParts {
  /** Images that are run together; statistics do not depend on it. */
  private static final int BATCH = 4;

  private final JavaSparkContext spark;
  private final String engine;

  /**
   * Calibrates on this cluster.
   *
   * @param engine name of the engine that executors use
   */
  public CalibrateParts(JavaSparkContext spark, String engine) {
    this.spark = spark;
    this.engine = engine;
  }

  /**
   * Runs the first images of a sample through a float network.
   *
   * @param graph without batch normalization
   * @param parts the sample
   * @param images how many of its images, in the sample's order; all if it has fewer
   * @param done counts images as tasks go, for progress only
   */
  public CalibrationStatistics observe(
      Graph graph, PreparedParts parts, int images, LongAccumulator done) {
    Broadcast<byte[]> network = spark.broadcast(GraphCodec.encode(graph));
    List<Integer> wanted = new ArrayList<>();
    for (int part = 0; part < Math.min(parts.parts(), images); part++) {
      wanted.add(part);
    }
    String engineName = engine;
    spark.setJobDescription("calibrate: %d images".formatted(images));
    try {
      List<CalibrationStatistics> shares =
          spark
              .parallelize(wanted, Math.min(wanted.size(), spark.defaultParallelism()))
              .mapPartitions(
                  share ->
                      List.of(observe(network.value(), parts, share, images, engineName, done))
                          .iterator())
              .collect();
      CalibrationStatistics all = new CalibrationStatistics(graph);
      shares.forEach(all::merge);
      return all;
    } finally {
      spark.setJobDescription(null);
      network.destroy();
    }
  }

  private static CalibrationStatistics observe(
      byte[] network,
      PreparedParts parts,
      Iterator<Integer> share,
      int images,
      String engine,
      LongAccumulator done) {
    Graph graph = GraphCodec.decode(network);
    CalibrationStatistics statistics = new CalibrationStatistics(graph);
    Normalization normalization = new Normalization(parts.manifest().preprocessing());
    float[] batch = new float[BATCH * graph.inputShape().size()];
    try (FloatPass pass = Engines.select(engine).floatPass(graph, BATCH)) {
      while (share.hasNext()) {
        int part = share.next();
        List<PreparedImage> loaded = parts.load(part);
        int rows = Math.min(rows(part, parts.parts(), images), loaded.size());
        for (int first = 0; first < rows; first += BATCH) {
          int count = Math.min(BATCH, rows - first);
          for (int i = 0; i < count; i++) {
            normalization.write(loaded.get(first + i), batch, i * graph.inputShape().size());
          }
          statistics.add(graph, pass, batch, count);
          done.add(count);
        }
      }
    }
    return statistics;
  }

  /** How many of the first {@code images} images are in a part: image i is in part i mod P. */
  static int rows(int part, int parts, int images) {
    return (images - part + parts - 1) / parts;
  }
}
