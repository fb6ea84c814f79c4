package dev.thresher.spark;

import dev.thresher.engine.Engines;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.IntegerNetworkCodec;
import dev.thresher.evaluate.LayerStudies;
import dev.thresher.evaluate.LayerStudy;
import dev.thresher.network.Graph;
import dev.thresher.network.GraphCodec;
import dev.thresher.sample.PreparedParts;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;

/** Studies layers on a cluster; studies are added in the order of the images. */
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

  /**
   * A network to study.
   *
   * @param floats what it is compared with: the graph of the integers but for its biases
   * @param integers the result
   */
  public record Subject(Graph floats, IntegerNetwork integers) {}

  /** A network as bytes. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Packed(byte[] floats, byte[] integers) implements Serializable {
    private static final long serialVersionUID = 1L;

    FirstImages.Look<LayerStudy> open(String engine) {
      LayerStudies studies =
          new LayerStudies(
              Engines.select(engine),
              GraphCodec.decode(floats),
              IntegerNetworkCodec.decode(integers));
      List<LayerStudy> found = new ArrayList<>();
      return new FirstImages.Look<>() {
        @Override
        public void at(float[] image) {
          found.add(studies.of(image));
        }

        @Override
        public List<LayerStudy> found() {
          return found;
        }

        @Override
        public void close() {
          studies.close();
        }
      };
    }
  }

  /**
   * Studies a network on the first images of a sample.
   *
   * @param images how many of the sample's images, in the sample's order; all if it has fewer
   * @param done counts images as tasks go, for progress only
   */
  public LayerStudy run(Subject subject, PreparedParts parts, int images, LongAccumulator done) {
    Broadcast<Packed> packed =
        spark.broadcast(
            new Packed(
                GraphCodec.encode(subject.floats()),
                IntegerNetworkCodec.encode(subject.integers())));
    String engineName = engine;
    try {
      return FirstImages.look(
              spark,
              "evaluate: layers on %d images".formatted(images),
              parts,
              images,
              () -> packed.value().open(engineName),
              done)
          .stream()
          .reduce(LayerStudy.none(), LayerStudy::plus);
    } finally {
      packed.destroy();
    }
  }
}
