package dev.thresher.spark;

import dev.thresher.engine.Engines;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.ThresholdedNetworkCodec;
import dev.thresher.evaluate.LayerStudies;
import dev.thresher.evaluate.LayerStudy;
import dev.thresher.image.Normalization;
import dev.thresher.image.PreparedImage;
import dev.thresher.sample.PreparedParts;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;

/**
 * Studies layers on a cluster: images are mapped, their studies are added in the order of the
 * images. So the result does not depend on executors, tasks or retries.
 */
public final class StudyParts {
  private final JavaSparkContext spark;
  private final String engine;

  /**
   * Studies on this cluster.
   *
   * @param engine name of the engine that executors use
   */
  public StudyParts(JavaSparkContext spark, String engine) {
    this.spark = spark;
    this.engine = engine;
  }

  /** A row of a part. */
  private record Place(int part, int row) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /**
   * Studies a network on the first images of a sample.
   *
   * @param scales trained vector
   * @param images how many of the sample's images, in the sample's order; all if it has fewer
   * @param done counts images as tasks go, for progress only
   */
  public LayerStudy run(
      ThresholdedNetwork network,
      float[] scales,
      PreparedParts parts,
      int images,
      LongAccumulator done) {
    List<Place> places = places(parts, images);
    if (places.isEmpty()) {
      return LayerStudy.none();
    }
    Broadcast<byte[]> thresholds = spark.broadcast(ThresholdedNetworkCodec.encode(network));
    Broadcast<float[]> trained = spark.broadcast(scales);
    String engineName = engine;
    spark.setJobDescription("evaluate: layers on %d images".formatted(places.size()));
    try {
      return spark
          .parallelize(places, Math.min(places.size(), spark.defaultParallelism()))
          .mapPartitions(
              mine -> study(engineName, thresholds.value(), trained.value(), parts, mine, done))
          .collect()
          .stream()
          .reduce(LayerStudy.none(), LayerStudy::plus);
    } finally {
      spark.setJobDescription(null);
      thresholds.destroy();
      trained.destroy();
    }
  }

  /** The first images, part by part, so that a task reads few parts. */
  private static List<Place> places(PreparedParts parts, int images) {
    int wanted = Math.min(images, parts.manifest().images());
    List<Place> places = new ArrayList<>();
    for (int part = 0; part < parts.parts(); part++) {
      int there = parts.manifest().parts().get(part).rows();
      int rows = Math.min(CalibrateParts.rows(part, parts.parts(), wanted), there);
      int number = part;
      IntStream.range(0, rows).forEach(row -> places.add(new Place(number, row)));
    }
    return places;
  }

  private static Iterator<LayerStudy> study(
      String engine,
      byte[] thresholds,
      float[] scales,
      PreparedParts parts,
      Iterator<Place> places,
      LongAccumulator done) {
    ThresholdedNetwork network = ThresholdedNetworkCodec.decode(thresholds);
    Normalization normalization = new Normalization(parts.manifest().preprocessing());
    List<LayerStudy> studies = new ArrayList<>();
    int loaded = -1;
    List<PreparedImage> images = List.of();
    try (LayerStudies layers =
        new LayerStudies(Engines.select(engine), IntegerNetwork.of(network, scales))) {
      while (places.hasNext()) {
        Place place = places.next();
        if (place.part() != loaded) {
          images = parts.load(place.part());
          loaded = place.part();
        }
        PreparedImage image = images.get(place.row());
        float[] values = new float[Normalization.size(image)];
        normalization.write(image, values, 0);
        studies.add(layers.of(values));
        done.add(1);
      }
    }
    return studies.iterator();
  }
}
