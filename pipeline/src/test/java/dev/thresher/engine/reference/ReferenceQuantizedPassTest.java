package dev.thresher.engine.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.testing.NaiveFloat;
import dev.thresher.engine.testing.NaiveInteger;
import dev.thresher.engine.testing.NaiveInteger.Quantized;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.network.Activation;
import dev.thresher.network.Graph;
import dev.thresher.network.Linear.FullyConnected;
import dev.thresher.network.MobileNetShapes;
import dev.thresher.network.Node;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.Range;
import dev.thresher.quantize.ScaleLimits;
import dev.thresher.quantize.Scheme;
import dev.thresher.tensor.FeatureShape;
import dev.thresher.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReferenceQuantizedPassTest {
  @Test
  void computesTheIntegersOfTheDefinition() {
    for (long seed = 0; seed < 300; seed++) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      IntegerNetwork network = IntegerNetwork.of(random.network(), random.scales());
      String label = "seed " + seed;
      List<Map<String, Quantized>> expected = new ArrayList<>();
      for (int i = 0; i < RandomGraphs.IMAGES; i++) {
        expected.add(NaiveInteger.run(network, random.image(i)));
      }
      try (QuantizedPass pass = new ReferenceQuantizedPass(network, RandomGraphs.IMAGES)) {
        pass.observe(
            random.images(),
            RandomGraphs.IMAGES,
            (image, tensor, codes, grid) -> {
              assertThat(grid).isEqualTo(network.quantizer(tensor));
              assertThat(channelsFirst(codes, random.graph().shape(tensor)))
                  .as("%s, image %d, %s", label, image, tensor)
                  .isEqualTo(expected.get(image).get(tensor).codes());
            });
      }
    }
  }

  private static int[] channelsFirst(byte[] codes, FeatureShape shape) {
    float[] values = new float[codes.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = codes[i] & 0xff;
    }
    return Arrays.stream(NaiveFloat.channelsFirst(values, shape)).mapToInt(v -> (int) v).toArray();
  }

  @Test
  void computesTheIntegersOfMobileNetShapes() {
    List<Graph> graphs =
        List.of(
            MobileNetShapes.v1(0.25, 32, 10, 1),
            MobileNetShapes.v2(0.35, 32, 10, 2),
            MobileNetShapes.mnasnet(0.35, 32, 10, 3));
    for (Graph graph : graphs) {
      float[] image = RandomGraphs.gaussians(new Random(4), graph.inputShape().size(), 1);
      QuantizationSpec spec =
          new QuantizationSpec(Granularity.PER_FILTER, Scheme.ASYMMETRIC, 8, 8, ScaleLimits.PAPER);
      ThresholdedNetwork thresholded =
          new ThresholdedNetwork(graph, spec, RandomGraphs.ranges(graph, image, 0.9));
      IntegerNetwork network = IntegerNetwork.of(thresholded, thresholded.initialScales());
      float[] logits = new float[10];
      try (QuantizedPass pass = new ReferenceQuantizedPass(network, 1)) {
        pass.logits(image, 1, logits);
      }
      assertThat(logits).containsExactly(NaiveInteger.logits(network, image));
    }
  }

  @Test
  void givesTheRealValuesOfTheLogits() {
    for (long seed = 0; seed < 50; seed++) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      IntegerNetwork network = IntegerNetwork.of(random.network(), random.scales());
      int classes = random.graph().classes();
      float[] logits = new float[RandomGraphs.IMAGES * classes];
      try (QuantizedPass pass = new ReferenceQuantizedPass(network, RandomGraphs.IMAGES)) {
        pass.logits(random.images(), RandomGraphs.IMAGES, logits);
      }
      for (int image = 0; image < RandomGraphs.IMAGES; image++) {
        assertThat(Arrays.copyOfRange(logits, image * classes, (image + 1) * classes))
            .as("seed %d, image %d", seed, image)
            .containsExactly(NaiveInteger.logits(network, random.image(image)));
      }
    }
  }

  /**
   * 4,001 products of 127 and 127 and a large bias: 2^26 and more, odd, so no float sum is exact.
   */
  @Test
  void sumsExactlyBeyondTheIntegersOfFloats() {
    int inputs = 4001;
    float[] weights = new float[2 * inputs];
    Arrays.fill(weights, 1f);
    weights[1] = 126f / 127;
    Tensor bias = Tensor.of(new float[] {0.123f, 12345.678f}, 2);
    Node node =
        new Node(
            "y",
            new FullyConnected(Tensor.of(weights, 2, inputs), bias),
            Activation.NONE,
            List.of("x"));
    Graph graph = new Graph("x", new FeatureShape(inputs, 1, 1), List.of(node));
    QuantizationSpec spec =
        new QuantizationSpec(Granularity.PER_FILTER, Scheme.SYMMETRIC, 8, 8, ScaleLimits.PAPER);
    Map<String, Range> ranges = Map.of("x", new Range(-1, 1), "y", new Range(-20000, 20000));
    ThresholdedNetwork thresholded = new ThresholdedNetwork(graph, spec, ranges);
    IntegerNetwork network = IntegerNetwork.of(thresholded, thresholded.initialScales());
    float[] image = new float[inputs];
    Arrays.fill(image, 1f);
    RowNetwork rows = new RowNetwork(graph);
    IntegerRows integers = new IntegerRows(rows, network);
    integers.load(image, 0, (tensor, position, steps) -> {});
    float[] steps = new float[2];
    integers.compute(node, (tensor, p, row) -> System.arraycopy(row, 0, steps, 0, 2));
    assertThat(steps).containsExactly(NaiveInteger.run(network, image).get("y").steps());
  }
}
