package dev.thresher.export;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.testing.NaiveFloat;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.provenance.Hashes;
import dev.thresher.provenance.Origin;
import dev.thresher.tensor.FeatureShape;
import java.util.Map;
import java.util.TreeMap;

/** Models to export. */
public final class Exports {
  public static final Origin ORIGIN =
      new Origin(
          "0.0.0",
          "random",
          Hashes.sha256("model"),
          Hashes.sha256("sample"),
          Hashes.sha256("settings"),
          new TreeMap<>(Map.of("run", 7L, "sample", -1L)),
          new TreeMap<>(Map.of("resize", "256", "mean", "[0.5, 0.5, 0.5]")));

  private Exports() {}

  public static QuantizedModel model(RandomGraphs.Case random) {
    return QuantizedModel.of(IntegerNetwork.of(random.network(), random.scales()), ORIGIN);
  }

  /** An image of [H, W, C] as [C, H, W]. */
  public static float[] channelsFirst(float[] image, FeatureShape shape) {
    double[] values = NaiveFloat.channelsFirst(image, shape);
    float[] result = new float[values.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = (float) values[i];
    }
    return result;
  }
}
