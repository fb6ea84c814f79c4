package dev.thresher.engine.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.thresher.engine.Engine;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.TrainingPass;
import dev.thresher.engine.testing.NaiveBackward;
import dev.thresher.engine.testing.NaiveInteger;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.network.Activation;
import dev.thresher.network.Graph;
import dev.thresher.network.Linear.FullyConnected;
import dev.thresher.network.Node;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.Range;
import dev.thresher.quantize.ScaleLimits;
import dev.thresher.quantize.Scheme;
import dev.thresher.quantize.WeightMultipliers;
import dev.thresher.tensor.FeatureShape;
import dev.thresher.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ReferenceTrainingPassTest {
  private final Engine engine = new ReferenceEngine();

  /**
   * y = w x with 3-bit signed grids (levels -3..3). w = 3 has threshold 3, step 1 and code 3; the
   * input's threshold is 3, its step 1; the output's threshold is 12, its step 4.
   */
  private static ThresholdedNetwork oneWeight(Activation activation) {
    return oneWeight(activation, WeightMultipliers.NONE);
  }

  private static ThresholdedNetwork oneWeight(
      Activation activation, WeightMultipliers multipliers) {
    Tensor weight = Tensor.of(new float[] {3, 1.25f}, 1, 2);
    FullyConnected dense = new FullyConnected(weight, Tensor.of(new float[] {0}, 1));
    Node node = new Node("y", dense, activation, List.of("x"));
    Graph graph = new Graph("x", new FeatureShape(2, 1, 1), List.of(node));
    QuantizationSpec spec =
        new QuantizationSpec(
            Granularity.PER_FILTER, Scheme.SYMMETRIC, 3, 3, ScaleLimits.PAPER, multipliers);
    Map<String, Range> ranges = Map.of("x", new Range(-3, 3), "y", new Range(-12, 12));
    return new ThresholdedNetwork(graph, spec, ranges);
  }

  private float[] gradient(ThresholdedNetwork network, float[] image, float logitGradient) {
    float[] gradient = new float[network.layout().size()];
    float[] logits = new float[1];
    try (TrainingPass pass = engine.trainingPass(network, 1)) {
      pass.forward(network.initialScales(), image, 1, logits);
      pass.backward(new float[] {logitGradient}, gradient);
    }
    return gradient;
  }

  /**
   * x = (1.25, 2): codes (1, 2); weight codes (3, 1). y = 3 + 2 = 5, in steps v = 1.25, code 1.
   *
   * <pre>
   *   output: inside; rounding = g (1 - 1.25); alpha_y = 12 * g * (-0.25) / 3 = -g
   *   weights: gW = g x_hat = g (1, 2); derivatives (0, (1 - 1.25) / 3); alpha_w = 3 * g * -1/6
   *   input: g_x = g (3, 1); rounding = g (3 (1 - 1.25) + 1 * 0); alpha_x = 3 * g * -0.75 / 3
   * </pre>
   */
  @Test
  void followsTheRulesInsideTheGrids() {
    float[] gradient = gradient(oneWeight(Activation.NONE), new float[] {1.25f, 2}, 2);
    assertThat(gradient).containsExactly(new float[] {-1f, -1.5f, -2f}, within(1e-6f));
  }

  /** The same case: the multipliers get pace gW w = 0.5 g (1 * 3, 2 * 1.25). */
  @Test
  void givesEveryMultiplierItsWeightsShare() {
    ThresholdedNetwork network = oneWeight(Activation.NONE, new WeightMultipliers(0.75, 1.25, 0.5));
    float[] gradient = gradient(network, new float[] {1.25f, 2}, 2);
    assertThat(gradient).containsExactly(new float[] {-1f, -1.5f, -2f, 3f, 2.5f}, within(1e-6f));
  }

  /** x = (3.6, 3): codes (3, 3), the first saturated; y = 9 + 3 = 12, v = 3, code 3, exact. */
  @Test
  void givesTheThresholdWhatSaturates() {
    float[] gradient = gradient(oneWeight(Activation.NONE), new float[] {3.6f, 3}, 2);
    // weights: gW = 2 (3, 3), derivative -1/12 of the second: 3 * 6 * -1/12
    // input: high = 2 * 3 of the first: alpha_x = 3 * 6; the output is exact
    assertThat(gradient).containsExactly(new float[] {-1.5f, 18f, 0f}, within(1e-6f));
  }

  /**
   * x = (-3, -3): y = -12, v = -3, below the ReLU's bound of 0: nothing passes, nothing is added.
   */
  @Test
  void passesNothingThroughAClampedActivation() {
    Activation leaky = new Activation(-4, 4); // one step each side, the grid has three
    float[] gradient = gradient(oneWeight(leaky), new float[] {-3, -3}, 2);
    assertThat(gradient).containsExactly(0f, 0f, 0f);
  }

  @Test
  void agreesWithTheRulesInDoubleOnRandomNetworks() {
    for (long seed = 0; seed < 300; seed++) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      int classes = random.graph().classes();
      float[] g = RandomGraphs.gaussians(new Random(seed), RandomGraphs.IMAGES * classes, 1);
      List<float[]> images = new ArrayList<>();
      List<float[]> gradients = new ArrayList<>();
      for (int i = 0; i < RandomGraphs.IMAGES; i++) {
        images.add(random.image(i));
        gradients.add(Arrays.copyOfRange(g, i * classes, (i + 1) * classes));
      }
      float[] expected =
          NaiveBackward.gradient(random.network(), random.scales(), images, gradients);
      assertThat(relativeDistance(gradient(random, g, 1), expected))
          .as("seed %d", seed)
          .isLessThan(1e-4);
    }
  }

  /** Gradients of a random case, with the logits' gradients times {@code factor}. */
  private float[] gradient(RandomGraphs.Case random, float[] logitGradient, float factor) {
    float[] scaled = logitGradient.clone();
    for (int i = 0; i < scaled.length; i++) {
      scaled[i] *= factor;
    }
    int count = logitGradient.length / random.graph().classes();
    float[] result = new float[random.scales().length];
    try (TrainingPass pass = engine.trainingPass(random.network(), count + 1)) {
      float[] logits = new float[logitGradient.length];
      pass.forward(random.scales(), random.images(), count, logits);
      pass.backward(scaled, result);
    }
    return result;
  }

  /** Greatest difference, beside the greatest magnitude. */
  private static double relativeDistance(float[] actual, float[] expected) {
    double difference = 0;
    double magnitude = 1e-12;
    for (int i = 0; i < expected.length; i++) {
      difference = Math.max(difference, Math.abs((double) actual[i] - expected[i]));
      magnitude = Math.max(magnitude, Math.abs(expected[i]));
    }
    return difference / magnitude;
  }

  @Test
  void runsTheIntegersForward() {
    for (long seed = 0; seed < 30; seed++) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      IntegerNetwork integers = IntegerNetwork.of(random.network(), random.scales());
      float[] logits = new float[random.graph().classes()];
      try (TrainingPass pass = engine.trainingPass(random.network(), 1)) {
        pass.forward(random.scales(), random.images(), 1, logits);
      }
      assertThat(logits)
          .as("seed %d", seed)
          .containsExactly(NaiveInteger.logits(integers, random.image(0)));
    }
  }

  @Test
  void isLinearInTheLogitsGradient() {
    for (long seed = 0; seed < 30; seed++) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      int size = RandomGraphs.IMAGES * random.graph().classes();
      float[] g = RandomGraphs.gaussians(new Random(seed), size, 1);
      float[] once = gradient(random, g, 1);
      float[] four = gradient(random, g, -4); // a power of two: exact
      for (int i = 0; i < once.length; i++) {
        assertThat(four[i]).as("seed %d, scale %d", seed, i).isEqualTo(-4 * once[i]);
      }
    }
  }

  @Test
  void addsUpOverTheBatchAndRepeatsToTheBit() {
    for (long seed = 0; seed < 30; seed++) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      int classes = random.graph().classes();
      float[] g = RandomGraphs.gaussians(new Random(seed), RandomGraphs.IMAGES * classes, 1);
      float[] batch = gradient(random, g, 1);
      float[] sum = new float[batch.length];
      try (TrainingPass pass = engine.trainingPass(random.network(), RandomGraphs.IMAGES)) {
        for (int i = 0; i < RandomGraphs.IMAGES; i++) {
          float[] one = new float[batch.length];
          pass.forward(random.scales(), random.image(i), 1, new float[classes]);
          pass.backward(Arrays.copyOfRange(g, i * classes, (i + 1) * classes), one);
          for (int k = 0; k < sum.length; k++) {
            sum[k] += one[k];
          }
        }
      }
      assertThat(relativeDistance(sum, batch)).as("seed %d", seed).isLessThan(1e-6);
      assertThat(gradient(random, g, 1)).as("seed %d", seed).containsExactly(batch);
    }
  }

  @Test
  void refusesToGoBackwardFirst() {
    ThresholdedNetwork network = oneWeight(Activation.NONE);
    try (TrainingPass pass = engine.trainingPass(network, 1)) {
      assertThatThrownBy(() -> pass.backward(new float[1], new float[network.layout().size()]))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("Cannot go backward: run a forward pass first.");
    }
  }
}
