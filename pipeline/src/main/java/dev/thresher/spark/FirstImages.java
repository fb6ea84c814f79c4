package dev.thresher.spark;

import dev.thresher.image.Normalization;
import dev.thresher.image.PreparedImage;
import dev.thresher.sample.PreparedParts;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * Something found out about the first images of a sample, on a cluster. What tasks find comes in
 * the order of parts and rows. How the images are split among tasks depends on the cluster: what is
 * found of several together must not depend on which they are.
 */
final class FirstImages {
  private FirstImages() {}

  /**
   * Looks at images, one after the other.
   *
   * @param <T> what it finds
   */
  interface Look<T> extends AutoCloseable {
    /**
     * Looks at one more.
     *
     * @param image normalised, [H, W, C]
     */
    void at(float[] image);

    /** What was found: of each image, or of all of them together. */
    List<T> found();

    @Override
    void close();
  }

  /**
   * Makes a look on the machine that it is called on.
   *
   * @param <T> what it finds
   */
  @FunctionalInterface
  interface LookSource<T> extends Serializable {
    /** A new one; the caller closes it. */
    Look<T> open();
  }

  /** A row of a part. */
  private record Place(int part, int row) implements Serializable {
    private static final long serialVersionUID = 1L;
  }

  /**
   * What the looks of all tasks find, in the order of the images.
   *
   * @param name of the job in Spark's pages
   * @param images how many of the sample's images, in the sample's order; all if it has fewer
   * @param done counts images as tasks go, for progress only
   */
  static <T> List<T> look(
      JavaSparkContext spark,
      String name,
      PreparedParts parts,
      int images,
      LookSource<T> source,
      LongAccumulator done) {
    List<Place> places = places(parts, images);
    if (places.isEmpty()) {
      return List.of();
    }
    spark.setJobDescription(name);
    try {
      return spark
          .parallelize(places, Math.min(places.size(), spark.defaultParallelism()))
          .mapPartitions(mine -> lookAt(parts, mine, source, done))
          .collect();
    } finally {
      spark.setJobDescription(null);
    }
  }

  /** Part by part, so that a task reads few parts. */
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

  private static <T> Iterator<T> lookAt(
      PreparedParts parts, Iterator<Place> places, LookSource<T> source, LongAccumulator done) {
    Normalization normalization = new Normalization(parts.manifest().preprocessing());
    int loaded = -1;
    List<PreparedImage> images = List.of();
    try (Look<T> look = source.open()) {
      while (places.hasNext()) {
        Place place = places.next();
        if (place.part() != loaded) {
          images = parts.load(place.part());
          loaded = place.part();
        }
        PreparedImage image = images.get(place.row());
        float[] values = new float[Normalization.size(image)];
        normalization.write(image, values, 0);
        look.at(values);
        done.add(1);
      }
      return look.found().iterator();
    }
  }
}
