package dev.thresher.spark;

import dev.thresher.calibrate.BiasCorrection;
import dev.thresher.calibrate.BiasCorrection.Means;
import dev.thresher.calibrate.FloatOrigin;
import dev.thresher.engine.Engines;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.network.Graph;
import dev.thresher.network.GraphCodec;
import dev.thresher.sample.PreparedParts;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;

/**
 * Corrects biases on a cluster; a task brings back one sum of all its images, whose order leaves no
 * trace.
 */
public final class CorrectBiases {
  private CorrectBiases() {}

  /**
   * The network with biases corrected on the first images of a sample.
   *
   * @param engine name of the engine that executors use
   * @param origin what the network was made from
   * @param images how many of the sample's images, in the sample's order; all if it has fewer
   * @param done counts images as tasks go, for progress only
   */
  public static ThresholdedNetwork run(
      JavaSparkContext spark,
      String engine,
      FloatOrigin origin,
      ThresholdedNetwork network,
      PreparedParts parts,
      int images,
      LongAccumulator done) {
    Broadcast<byte[]> scaled = spark.broadcast(GraphCodec.encode(network.graph()));
    Broadcast<PackedOrigin> floats = spark.broadcast(PackedOrigin.of(origin));
    try {
      List<Means> means =
          FirstImages.look(
              spark,
              "calibrate: means of %d images".formatted(images),
              parts,
              images,
              () -> open(engine, floats.value().open(), GraphCodec.decode(scaled.value())),
              done);
      return BiasCorrection.corrected(network, means);
    } finally {
      scaled.destroy();
      floats.destroy();
    }
  }

  private static FirstImages.Look<Means> open(String engine, FloatOrigin origin, Graph graph) {
    BiasCorrection correction = new BiasCorrection(Engines.select(engine), origin, graph);
    return new FirstImages.Look<>() {
      @Override
      public void at(float[] image) {
        correction.add(image);
      }

      @Override
      public List<Means> found() {
        return List.of(correction.means());
      }

      @Override
      public void close() {
        correction.close();
      }
    };
  }
}
