package dev.thresher.rescale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thresher.calibrate.CalibratedNetwork;
import dev.thresher.calibrate.CalibrationStatistics;
import dev.thresher.calibrate.RangeMethod;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.reference.ReferenceEngine;
import dev.thresher.engine.testing.NaiveFloat;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.fold.FoldedNetwork;
import dev.thresher.network.Activation;
import dev.thresher.network.Combine.Add;
import dev.thresher.network.Graph;
import dev.thresher.network.Linear;
import dev.thresher.network.Linear.Convolution;
import dev.thresher.network.Linear.FullyConnected;
import dev.thresher.network.Node;
import dev.thresher.network.Reduce.GlobalAveragePool;
import dev.thresher.network.Window;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.ScaleLimits;
import dev.thresher.quantize.Scheme;
import dev.thresher.tensor.FeatureShape;
import dev.thresher.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ChannelEqualizerTest {
  private static final int ITERATIONS = 400;

  static List<Activation> activations() {
    return List.of(Activation.RELU, Activation.RELU6, Activation.NONE);
  }

  private static CalibratedNetwork calibrate(Graph graph, float[] images) {
    CalibrationStatistics statistics = new CalibrationStatistics(graph);
    int count = images.length / graph.inputShape().size();
    try (FloatPass pass = new ReferenceEngine().floatPass(graph, count)) {
      statistics.add(graph, pass, images, count);
    }
    return new CalibratedNetwork(new FoldedNetwork("n", graph, ""), statistics);
  }

  private static final QuantizationSpec SPEC =
      new QuantizationSpec(Granularity.PER_TENSOR, Scheme.SYMMETRIC, 8, 8, ScaleLimits.PAPER);

  private static Graph equalized(Graph graph, float[] images) {
    return ChannelEqualizer.equalize(calibrate(graph, images), ITERATIONS, ClampRule.KEEP, SPEC)
        .folded()
        .graph();
  }

  @Test
  void logitsOfTheCalibrationImagesArePreservedOnAnyGraph() {
    for (long seed = 1; seed <= 150; seed++) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      assertSameLogits(
          random.graph(), equalized(random.graph(), random.images()), random.images(), seed);
    }
  }

  @ParameterizedTest
  @MethodSource("activations")
  void logitsOfTheCalibrationImagesArePreservedOnAResidualNetwork(Activation activation) {
    for (long seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      Graph graph = residual(random, activation);
      float[] images = images(random, graph);
      assertSameLogits(graph, equalized(graph, images), images, seed);
    }
  }

  private static void assertSameLogits(Graph before, Graph after, float[] images, long seed) {
    int size = before.inputShape().size();
    for (int from = 0; from < images.length; from += size) {
      float[] image = Arrays.copyOfRange(images, from, from + size);
      double[] expected = NaiveFloat.logits(before, image);
      double[] actual = NaiveFloat.logits(after, image);
      double range = Arrays.stream(expected).map(Math::abs).max().orElse(0) + 0.1;
      for (int k = 0; k < expected.length; k++) {
        assertThat(actual[k])
            .as("seed %d, logit %d", seed, k)
            .isCloseTo(expected[k], within(4 * ConstantChannels.TOLERANCE * range));
      }
    }
  }

  /** However the network that comes in was scaled, the same network comes out. */
  @ParameterizedTest
  @MethodSource("activations")
  void aRescaledNetworkIsEqualizedToTheSame(Activation activation) {
    for (long seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      Graph graph = residual(random, activation);
      float[] images = images(random, graph);
      Graph disturbed = RandomRescaling.of(graph, calibrate(graph, images), random);
      assertSameUpToOneFactorPerTensor(
          equalized(graph, images), equalized(disturbed, images), 2e-3, seed);
    }
  }

  @ParameterizedTest
  @MethodSource("activations")
  void anEqualizedNetworkStaysAsItIs(Activation activation) {
    for (long seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      Graph graph = residual(random, activation);
      float[] images = images(random, graph);
      Graph once = equalized(graph, images);
      assertSameUpToOneFactorPerTensor(once, equalized(once, images), 2e-3, seed);
    }
  }

  private static void assertSameUpToOneFactorPerTensor(
      Graph one, Graph other, double tolerance, long seed) {
    for (Node node : one.nodes()) {
      if (node.operator() instanceof Linear layer) {
        Linear same = (Linear) other.node(node.name()).operator();
        double range = greatest(layer.weights());
        double otherRange = greatest(same.weights());
        for (int i = 0; i < layer.weights().size(); i++) {
          assertThat(same.weights().get(i) / otherRange)
              .as("seed %d, weight %d of %s", seed, i, node.name())
              .isCloseTo(layer.weights().get(i) / range, within(tolerance));
        }
      }
    }
  }

  private static double greatest(Tensor weights) {
    double greatest = 0;
    for (float weight : weights.values()) {
      greatest = Math.max(greatest, Math.abs(weight));
    }
    return greatest;
  }

  @Test
  void rangesMeetWhereNothingIsLocked() {
    Random random = new Random(5);
    Graph graph = residual(random, Activation.RELU);
    float[] images = images(random, graph);
    RescalingReport report =
        ChannelEqualizer.equalize(calibrate(graph, images), ITERATIONS, ClampRule.KEEP, SPEC)
            .report();
    RescaledGroup expanded =
        report.groups().stream()
            .filter(group -> group.producers().equals(List.of("expand")))
            .findFirst()
            .orElseThrow();
    assertThat(expanded.consumers()).containsExactly("dw");
    assertThat(expanded.lockedBecause()).isEqualTo("none");
    assertThat(expanded.after().producers()).isLessThan(expanded.before().producers() / 2);
    assertThat(report.groups().get(0).lockedBecause()).isEqualTo("network-input");
    assertThat(report.groups().get(report.groups().size() - 1).lockedBecause())
        .isEqualTo("network-output");
  }

  @Test
  void aResidualSumAndItsSummandsShareTheirFactors() {
    Random random = new Random(9);
    Graph graph = residual(random, Activation.RELU);
    RescalingReport report =
        ChannelEqualizer.equalize(calibrate(graph, images(random, graph)), 50, ClampRule.KEEP, SPEC)
            .report();
    assertThat(report.groups().stream().map(RescaledGroup::producers))
        .contains(List.of("stem", "project"));
  }

  /**
   * Two channels of ones: the first reaches 6 and is locked, the second may grow from 1 to 5.9, and
   * would to 4 = sqrt(16 / 1) if it meets a weight of 16.
   */
  @Test
  void aChannelThatReachesTheBoundIsLockedAndAnotherStaysUnderIt() {
    Linear limited = (Linear) twoChannels(4000).node("dw").operator();
    assertThat(limited.weights().values()).containsExactly(6f, 5.9f);
    Linear free = (Linear) twoChannels(6).node("dw").operator();
    assertThat(free.weights().get(0)).isEqualTo(6f);
    assertThat(free.weights().get(1)).isBetween(1f, 5.9f);
  }

  private static Graph twoChannels(float next) {
    Convolution dw =
        new Convolution(
            Tensor.of(new float[] {6, 1}, 2, 1, 1, 1), Tensor.of(new float[2], 2), Window.UNIT, 2);
    Convolution point =
        new Convolution(
            Tensor.of(new float[] {1, next}, 1, 2, 1, 1),
            Tensor.of(new float[1], 1),
            Window.UNIT,
            1);
    Graph graph =
        new Graph(
            "in",
            new FeatureShape(2, 1, 2),
            List.of(
                new Node("dw", dw, Activation.RELU6, List.of("in")),
                new Node("point", point, Activation.NONE, List.of("dw"))));
    return equalized(graph, new float[] {1, 1, 0, 0});
  }

  /** A filter that reaches 200 beside some of 1: with one scale, those have 1 or 2 steps left. */
  @Test
  void aFittedClampCostsLessThanTheRoundingItSaves() {
    Random random = new Random(4);
    Convolution first = conv(random, 6, 3, 1, Window.UNIT, 1);
    float[] weights = first.weights().values();
    for (int i = 0; i < 3; i++) {
      weights[i] *= 150;
    }
    Tensor bias = Tensor.of(new float[6], 6);
    Graph graph =
        new Graph(
            "in",
            new FeatureShape(3, 6, 6),
            List.of(
                new Node(
                    "first",
                    first.with(Tensor.of(weights, 6, 3, 1, 1), bias),
                    Activation.RELU6,
                    List.of("in")),
                new Node("pool", new GlobalAveragePool(), Activation.NONE, List.of("first")),
                new Node(
                    "logits",
                    new FullyConnected(
                        Tensor.of(RandomGraphs.gaussians(random, 30, 0.6), 5, 6),
                        Tensor.of(new float[5], 5)),
                    Activation.NONE,
                    List.of("pool"))));
    float[] images = images(random, graph);

    double kept = error(graph, ClampRule.KEEP, images);
    double fitted = error(graph, ClampRule.FIT, images);

    assertThat(fitted).isLessThan(0.8 * kept);
  }

  /** Root mean square of what rescaling and quantizing together do to the logits. */
  private static double error(Graph graph, ClampRule rule, float[] images) {
    RescaledNetwork rescaled =
        ChannelEqualizer.equalize(calibrate(graph, images), ITERATIONS, rule, SPEC);
    ThresholdedNetwork network =
        calibrate(rescaled.folded().graph(), images).threshold(new RangeMethod.MinMax(), SPEC);
    int count = images.length / graph.inputShape().size();
    float[] expected = new float[count * graph.classes()];
    float[] actual = new float[expected.length];
    try (FloatPass exact = new ReferenceEngine().floatPass(graph, count);
        QuantizedPass integers =
            new ReferenceEngine()
                .quantizedPass(IntegerNetwork.of(network, network.initialScales()), count)) {
      exact.logits(images, count, expected);
      integers.logits(images, count, actual);
    }
    double sum = 0;
    for (int i = 0; i < expected.length; i++) {
      sum += Math.pow(actual[i] - expected[i], 2);
    }
    return Math.sqrt(sum / expected.length);
  }

  /** The second channel never fires, the third is 2 always; both have weights that dwarf others. */
  @Test
  void constantChannelsLeaveTheWeightsAndTheLogitsAsTheyWere() {
    Convolution first =
        new Convolution(
            Tensor.of(new float[] {1, -500, 1e-4f}, 3, 1, 1, 1),
            Tensor.of(new float[] {0, -1, 2}, 3),
            Window.UNIT,
            1);
    Convolution second =
        new Convolution(
            Tensor.of(new float[] {1, 300, 40}, 1, 3, 1, 1),
            Tensor.of(new float[] {0.5f}, 1),
            Window.UNIT,
            1);
    Graph graph =
        new Graph(
            "in",
            new FeatureShape(1, 1, 2),
            List.of(
                new Node("first", first, Activation.RELU, List.of("in")),
                new Node("second", second, Activation.NONE, List.of("first"))));
    float[] images = {1, 2, 0.5f, 4};
    RescaledNetwork result =
        ChannelEqualizer.equalize(calibrate(graph, images), 1, ClampRule.KEEP, SPEC);
    Graph cleaned = result.folded().graph();
    Linear reader = (Linear) cleaned.node("second").operator();
    assertThat(reader.weights().values()).containsExactly(1f, 0f, 0f);
    assertThat(reader.bias().get(0)).isCloseTo(80.5f, within(0.01f));
    Linear producer = (Linear) cleaned.node("first").operator();
    assertThat(producer.weights().values()).containsExactly(1f, 0f, 0f);
    assertThat(producer.bias().values()).containsExactly(0f, 0f, 0f);
    assertThat(result.report().absorbed())
        .extracting(AbsorbedChannel::layer, AbsorbedChannel::channel)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("first", 1),
            org.assertj.core.groups.Tuple.tuple("first", 2));
  }

  /** stem -> expand -> depthwise -> project, added to the stem; pool, classifier. */
  private static Graph residual(Random random, Activation activation) {
    Window same = new Window(1, 1, 1, 1, 1, 1, 1, 1);
    return new Graph(
        "in",
        new FeatureShape(3, 6, 6),
        List.of(
            new Node("stem", conv(random, 5, 3, 3, same, 1), Activation.NONE, List.of("in")),
            new Node("expand", conv(random, 12, 5, 1, Window.UNIT, 1), activation, List.of("stem")),
            new Node("dw", conv(random, 12, 1, 3, same, 12), activation, List.of("expand")),
            new Node(
                "project", conv(random, 5, 12, 1, Window.UNIT, 1), Activation.NONE, List.of("dw")),
            new Node("join", new Add(), Activation.NONE, List.of("stem", "project")),
            new Node("pool", new GlobalAveragePool(), Activation.NONE, List.of("join")),
            new Node(
                "logits",
                new FullyConnected(
                    Tensor.of(RandomGraphs.gaussians(random, 35, 0.6), 7, 5),
                    Tensor.of(RandomGraphs.gaussians(random, 7, 0.2), 7)),
                Activation.NONE,
                List.of("pool"))));
  }

  /** Filters of very unequal ranges. */
  private static Convolution conv(
      Random random, int filters, int channels, int kernel, Window window, int groups) {
    int each = channels * kernel * kernel;
    float[] weights = RandomGraphs.gaussians(random, filters * each, 1.5 / Math.sqrt(each));
    float[] bias = RandomGraphs.gaussians(random, filters, 0.5);
    for (int k = 0; k < filters; k++) {
      double factor = Math.exp(random.nextGaussian());
      for (int i = k * each; i < (k + 1) * each; i++) {
        weights[i] *= (float) factor;
      }
      bias[k] *= (float) factor;
    }
    return new Convolution(
        Tensor.of(weights, filters, channels, kernel, kernel),
        Tensor.of(bias, filters),
        window,
        groups);
  }

  private static float[] images(Random random, Graph graph) {
    return RandomGraphs.gaussians(random, 4 * graph.inputShape().size(), 1);
  }
}
