package dev.thresher.export;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.network.Graph;
import dev.thresher.network.MobileNetShapes;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.Quantizer;
import dev.thresher.quantize.ScaleLimits;
import dev.thresher.quantize.Scheme;
import dev.thresher.tensor.FeatureShape;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The networks of the method, small and with random weights, in the runtime that users run. */
@Tag("slow")
class MobileNetExportTest {
  private static final int SIDE = 32;
  private static final FeatureShape INPUT = new FeatureShape(3, SIDE, SIDE);
  private static final int IMAGES = 4;

  @ParameterizedTest
  @CsvSource({
    "PER_FILTER, SYMMETRIC, 8",
    "PER_FILTER, ASYMMETRIC, 8",
    "PER_TENSOR, SYMMETRIC, 8",
    "PER_TENSOR, ASYMMETRIC, 8",
    "PER_FILTER, SYMMETRIC, 4",
    "PER_FILTER, ASYMMETRIC, 4",
    "PER_TENSOR, SYMMETRIC, 4",
    "PER_TENSOR, ASYMMETRIC, 4",
  })
  void aBatchOfImagesGetsTheSameClassesAndLogits(Granularity granularity, Scheme scheme, int bits)
      throws OrtException {
    check(MobileNetShapes.v2(0.35, SIDE, 20, 1), granularity, scheme, bits);
    check(MobileNetShapes.v1(0.25, SIDE, 20, 2), granularity, scheme, bits);
  }

  private static void check(Graph graph, Granularity granularity, Scheme scheme, int bits)
      throws OrtException {
    QuantizationSpec spec =
        new QuantizationSpec(granularity, scheme, bits, bits, ScaleLimits.PAPER);
    float[] images = RandomGraphs.gaussians(new Random(3), IMAGES * INPUT.size(), 1);
    ThresholdedNetwork network =
        new ThresholdedNetwork(graph, spec, RandomGraphs.ranges(graph, images, 0.9));
    QuantizedModel model =
        QuantizedModel.of(IntegerNetwork.of(network, network.initialScales()), Exports.ORIGIN);
    FileIntegers oracle = new FileIntegers(model);
    Quantizer grid = model.tensorsByName().get(model.output()).quantizer();
    for (OptLevel level : List.of(OptLevel.NO_OPT, OptLevel.ALL_OPT)) {
      try (OnnxRuntimeModel onnx = new OnnxRuntimeModel(OnnxQdqWriter.write(model), level)) {
        float[][] given = onnx.logits(images, IMAGES, 3, SIDE, SIDE);
        for (int i = 0; i < IMAGES; i++) {
          int size = INPUT.size();
          int[] wanted =
              oracle.logits(java.util.Arrays.copyOfRange(images, i * size, (i + 1) * size));
          for (int k = 0; k < wanted.length; k++) {
            float real = grid.dequantize(wanted[k]);
            assertThat(Math.abs(given[i][k] - real)).isLessThan(1.01f * grid.scale());
          }
          assertThat(wanted[argMax(given[i])]).isEqualTo(max(wanted));
        }
      }
    }
  }

  private static int argMax(float[] values) {
    int best = 0;
    for (int i = 1; i < values.length; i++) {
      best = values[i] > values[best] ? i : best;
    }
    return best;
  }

  private static int max(int[] values) {
    return java.util.Arrays.stream(values).max().orElseThrow();
  }
}
