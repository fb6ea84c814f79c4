package dev.thresher.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.IntegerWeights;
import dev.thresher.engine.ScaleLayout;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.ThresholdedNetworkCodec;
import dev.thresher.engine.reference.ReferenceEngine;
import dev.thresher.engine.testing.NaiveFloat;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.network.Activation;
import dev.thresher.network.Graph;
import dev.thresher.network.Linear;
import dev.thresher.network.Linear.FullyConnected;
import dev.thresher.network.Node;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.Range;
import dev.thresher.quantize.WeightThreshold;
import dev.thresher.tensor.FeatureShape;
import dev.thresher.tensor.Tensor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class BiasCorrectionTest {
  private static ThresholdedNetwork corrected(
      FloatOrigin origin, ThresholdedNetwork network, float[]... images) {
    return BiasCorrection.corrected(network, List.of(means(origin, network, List.of(images))));
  }

  private static BiasCorrection.Means means(
      FloatOrigin origin, ThresholdedNetwork network, List<float[]> images) {
    try (BiasCorrection correction =
        new BiasCorrection(new ReferenceEngine(), origin, network.graph())) {
      images.forEach(correction::add);
      return correction.means();
    }
  }

  private static ThresholdedNetwork corrected(ThresholdedNetwork network, float[]... images) {
    return corrected(FloatOrigin.unscaled(network.graph()), network, images);
  }

  /** Biases as the integers have them, real values. */
  private static double[] biases(IntegerNetwork integers, String node) {
    double input = integers.quantizer(integers.graph().node(node).inputs().get(0)).scale();
    IntegerWeights weights = integers.weights(node);
    double[] biases = new double[weights.bias().length];
    for (int k = 0; k < biases.length; k++) {
      biases[k] = weights.bias()[k] * (input * weights.scales()[k]);
    }
    return biases;
  }

  @Test
  void howImagesAreSplitLeavesNoTrace() {
    RandomGraphs.Case random = RandomGraphs.quantized(4);
    FloatOrigin origin = FloatOrigin.unscaled(random.network().graph());
    List<float[]> images = List.of(random.image(0), random.image(1), random.image(2));
    List<BiasCorrection.Means> whole = List.of(means(origin, random.network(), images));
    List<BiasCorrection.Means> split =
        List.of(
            means(origin, random.network(), List.of(images.get(2), images.get(0))),
            means(origin, random.network(), List.of(images.get(1))));

    assertThat(ThresholdedNetworkCodec.encode(BiasCorrection.corrected(random.network(), split)))
        .isEqualTo(
            ThresholdedNetworkCodec.encode(BiasCorrection.corrected(random.network(), whole)));
  }

  /** Weights 1 and 0.4 on a grid of three levels are 1 and 0; x has the means 2 and 5. */
  @Test
  void handComputed() {
    Tensor weights = Tensor.of(new float[] {1, 0.4f}, 1, 2);
    FullyConnected layer = new FullyConnected(weights, Tensor.of(new float[] {0.5f}, 1));
    Graph graph =
        new Graph(
            "input",
            new FeatureShape(2, 1, 1),
            List.of(new Node("fc", layer, Activation.NONE, List.of("input"))));
    QuantizationSpec like = RandomGraphs.quantized(1).network().spec();
    QuantizationSpec spec =
        new QuantizationSpec(like.granularity(), like.scheme(), 2, 8, like.limits());
    ThresholdedNetwork network =
        new ThresholdedNetwork(
            graph, spec, Map.of("input", new Range(0, 9), "fc", new Range(0, 9)));
    ThresholdedNetwork corrected = corrected(network, new float[] {1, 3}, new float[] {3, 7});
    assertThat(((Linear) corrected.graph().node("fc").operator()).weights()).isEqualTo(weights);
    IntegerNetwork integers = IntegerNetwork.of(corrected, corrected.initialScales());
    double step = integers.quantizer("input").scale();
    assertThat(biases(integers, "fc")[0]).isCloseTo(0.5 + 0.4 * 5, within(step));
  }

  /**
   * A channel of 4 and 12 that ReLU6 makes 4 and 6, mean 5; scaled to 1 and 3 and read with 4 it is
   * 4 and 12, mean 8.
   */
  @Test
  void whatAFittedClampMovesIsMadeGood() {
    Graph floats = chain(4, 1);
    ThresholdedNetwork rescaled =
        new ThresholdedNetwork(
            chain(1, 4),
            RandomGraphs.quantized(1).network().spec(),
            Map.of("input", new Range(0, 3), "a", new Range(0, 6), "b", new Range(0, 12)));
    FloatOrigin origin = new FloatOrigin(floats, Map.of("a", new double[] {0.25}));
    Graph corrected = corrected(origin, rescaled, new float[] {1}, new float[] {3}).graph();
    assertThat(((Linear) corrected.node("a").operator()).bias().get(0)).isCloseTo(0, within(1e-6f));
    assertThat(((Linear) corrected.node("b").operator()).bias().get(0))
        .isCloseTo(-3, within(1e-5f));
  }

  private static Graph chain(float first, float second) {
    return new Graph(
        "input",
        new FeatureShape(1, 1, 1),
        List.of(
            new Node("a", weight(first), Activation.RELU6, List.of("input")),
            new Node("b", weight(second), Activation.NONE, List.of("a"))));
  }

  private static FullyConnected weight(float value) {
    return new FullyConnected(Tensor.of(new float[] {value}, 1, 1), Tensor.of(new float[1], 1));
  }

  /**
   * The law: with quantized weights and their biases, the first layer's mean output is the float
   * one's, whatever the scales and the window.
   */
  @Test
  void meansOfTheFirstLayerAreTheFloatOnes() {
    for (long seed = 2; seed < 40; seed++) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      ThresholdedNetwork network = corrected(random.network(), random.image(0), random.image(1));
      String first = network.layout().weights().get(0).name();
      boolean readsTheImage =
          network.graph().node(first).inputs().equals(List.of(network.graph().input()));
      if (!readsTheImage || !network.layout().multipliers().isEmpty()) {
        continue; // Multipliers are meant to move means.
      }
      IntegerNetwork integers = IntegerNetwork.of(network, random.scales());
      double[] wanted = means(random.graph(), random, first);
      double[] given = means(withQuantizedWeights(integers, first), random, first);
      double step = integers.quantizer(network.graph().input()).scale();
      for (int k = 0; k < wanted.length; k++) {
        double tolerance = step * integers.weights(first).scales()[k] + 1e-4;
        assertThat(given[k])
            .as("seed %d, filter %d", seed, k)
            .isCloseTo(wanted[k], within(tolerance));
      }
    }
  }

  /** For tools that round by themselves, multipliers and corrections included. */
  @Test
  void theFloatNetworkOfTheIntegersRoundsToThem() {
    for (long seed = 2; seed < 14; seed++) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      ThresholdedNetwork network = corrected(random.network(), random.image(0));
      IntegerNetwork integers = IntegerNetwork.of(network, random.scales());
      int weightMax = network.spec().weightMax();
      for (ScaleLayout.Block block : network.layout().weights()) {
        Linear layer = (Linear) integers.floatGraph().node(block.name()).operator();
        IntegerWeights weights = integers.weights(block.name());
        double[] biases = biases(integers, block.name());
        for (int i = 0; i < layer.weights().size(); i++) {
          int k = i / layer.filterSize();
          float scale = weights.scales()[k];
          assertThat(WeightThreshold.quantize(layer.weights().get(i), scale, weightMax))
              .as("seed %d, %s, weight %d", seed, block.name(), i)
              .isEqualTo(weights.codes()[i]);
          String input = network.graph().node(block.name()).inputs().get(0);
          double step = integers.quantizer(input).scale() * (double) scale;
          assertThat((double) layer.bias().get(k))
              .isCloseTo(biases[k], within(step + 1e-5 * Math.abs(biases[k]) + 1e-6));
        }
      }
    }
  }

  private static Graph withQuantizedWeights(IntegerNetwork integers, String name) {
    Node node = integers.graph().node(name);
    Linear weighted = (Linear) node.operator();
    float[] values = weighted.weights().values();
    for (int i = 0; i < values.length; i++) {
      values[i] =
          integers.weights(name).codes()[i]
              * integers.weights(name).scales()[i / weighted.filterSize()];
    }
    double[] biases = biases(integers, name);
    float[] bias = new float[biases.length];
    for (int k = 0; k < bias.length; k++) {
      bias[k] = (float) biases[k];
    }
    Linear operator =
        weighted.with(Tensor.of(values, weighted.weights().shape()), Tensor.of(bias, bias.length));
    return integers.graph().with(Map.of(name, node.withOperator(operator)));
  }

  /** The oracle's maps are [C, H, W]. */
  private static double[] means(Graph graph, RandomGraphs.Case random, String name) {
    int channels = graph.shape(name).channels();
    double[] means = new double[channels];
    int values = 0;
    for (int i = 0; i < 2; i++) {
      Map<String, double[]> before =
          new HashMap<>(NaiveFloat.beforeActivation(graph, random.image(i)));
      double[] map = before.get(name);
      for (int j = 0; j < map.length; j++) {
        means[j / (map.length / channels)] += map[j];
      }
      values += map.length / channels;
    }
    for (int k = 0; k < channels; k++) {
      means[k] /= values;
    }
    return means;
  }
}
