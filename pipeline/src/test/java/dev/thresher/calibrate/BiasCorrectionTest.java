package dev.thresher.calibrate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.reference.ReferenceEngine;
import dev.thresher.engine.testing.NaiveFloat;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.network.Activation;
import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import dev.thresher.network.Operator.FullyConnected;
import dev.thresher.network.Operator.Weighted;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.Range;
import dev.thresher.tensor.FeatureShape;
import dev.thresher.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BiasCorrectionTest {
  private static List<Map<String, double[]>> errors(ThresholdedNetwork network, float[]... images) {
    List<Map<String, double[]>> errors = new ArrayList<>();
    FloatOrigin origin = FloatOrigin.unscaled(network.graph());
    try (BiasCorrection correction = new BiasCorrection(new ReferenceEngine(), origin, network)) {
      for (float[] image : images) {
        errors.add(correction.errors(image));
      }
    }
    return errors;
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
    ThresholdedNetwork corrected =
        BiasCorrection.corrected(network, errors(network, new float[] {1, 3}, new float[] {3, 7}));
    Weighted after = (Weighted) corrected.graph().node("fc").operator();
    assertThat(after.weights()).isEqualTo(weights);
    assertThat(after.bias().get(0)).isCloseTo(0.5f + 0.4f * 5, within(1e-6f));
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
    List<Map<String, double[]>> errors = new ArrayList<>();
    try (BiasCorrection correction = new BiasCorrection(new ReferenceEngine(), origin, rescaled)) {
      errors.add(correction.errors(new float[] {1}));
      errors.add(correction.errors(new float[] {3}));
    }
    Graph corrected = BiasCorrection.corrected(rescaled, errors).graph();
    assertThat(((Weighted) corrected.node("a").operator()).bias().get(0))
        .isCloseTo(0, within(1e-6f));
    assertThat(((Weighted) corrected.node("b").operator()).bias().get(0))
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
   * The law: with corrected biases and quantized weights, the first layer's mean output is the
   * float one's.
   */
  @ParameterizedTest
  @ValueSource(longs = {2, 3, 4, 5, 6, 7})
  void meansOfTheFirstLayerAreTheFloatOnes(long seed) {
    RandomGraphs.Case random = RandomGraphs.quantized(seed);
    ThresholdedNetwork network = random.network();
    ThresholdedNetwork corrected =
        BiasCorrection.corrected(network, errors(network, random.image(0), random.image(1)));
    String first = network.layout().weights().get(0).name();
    Graph quantized = withQuantizedWeights(network, corrected, first);
    double[] wanted = means(random.graph(), random, first);
    double[] given = means(quantized, random, first);
    for (int k = 0; k < wanted.length; k++) {
      assertThat(given[k]).as("filter %d", k).isCloseTo(wanted[k], within(1e-4));
    }
  }

  private static Graph withQuantizedWeights(
      ThresholdedNetwork network, ThresholdedNetwork corrected, String name) {
    IntegerNetwork integers = IntegerNetwork.of(network, network.initialScales());
    Weighted weighted = (Weighted) network.graph().node(name).operator();
    float[] values = weighted.weights().values();
    for (int i = 0; i < values.length; i++) {
      values[i] =
          integers.weights(name).weights()[i]
              * integers.weights(name).weightScales()[i / weighted.filterSize()];
    }
    Tensor bias = ((Weighted) corrected.graph().node(name).operator()).bias();
    Node node = network.graph().node(name);
    Weighted operator = weighted.with(Tensor.of(values, weighted.weights().shape()), bias);
    return network.graph().with(Map.of(name, node.withOperator(operator)));
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
