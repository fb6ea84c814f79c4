package dev.thresher.spark;

import dev.thresher.calibrate.BiasCorrection;
import dev.thresher.calibrate.FloatOrigin;
import dev.thresher.engine.Engines;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.ThresholdedNetworkCodec;
import dev.thresher.network.GraphCodec;
import dev.thresher.sample.PreparedParts;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;

/** Corrects biases on a cluster; errors are added in the order of the images. */
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
    Broadcast<byte[]> thresholds = spark.broadcast(ThresholdedNetworkCodec.encode(network));
    Broadcast<byte[]> floats = spark.broadcast(GraphCodec.encode(origin.graph()));
    HashMap<String, double[]> factors = new HashMap<>(origin.factors());
    try {
      List<Map<String, double[]>> errors =
          FirstImages.map(
              spark,
              "calibrate: bias errors of %d images".formatted(images),
              parts,
              images,
              () ->
                  open(
                      engine,
                      new FloatOrigin(GraphCodec.decode(floats.value()), factors),
                      ThresholdedNetworkCodec.decode(thresholds.value())),
              done);
      return BiasCorrection.corrected(network, errors);
    } finally {
      thresholds.destroy();
      floats.destroy();
    }
  }

  private static FirstImages.Look<Map<String, double[]>> open(
      String engine, FloatOrigin origin, ThresholdedNetwork network) {
    BiasCorrection correction = new BiasCorrection(Engines.select(engine), origin, network);
    return new FirstImages.Look<>() {
      @Override
      public Map<String, double[]> at(float[] image) {
        return correction.errors(image);
      }

      @Override
      public void close() {
        correction.close();
      }
    };
  }
}
