package dev.thresher.rescale;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thresher.calibrate.CalibratedNetwork;
import dev.thresher.calibrate.CalibrationStatistics;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.reference.ReferenceEngine;
import dev.thresher.engine.testing.NaiveFloat;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.fold.FoldedNetwork;
import dev.thresher.network.Activation;
import dev.thresher.network.Graph;
import dev.thresher.network.Linear.Convolution;
import dev.thresher.network.Node;
import dev.thresher.network.Reduce.GlobalAveragePool;
import dev.thresher.network.Window;
import dev.thresher.rescale.RescaledPair.TargetRule;
import dev.thresher.tensor.FeatureShape;
import dev.thresher.tensor.Tensor;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DepthwiseRescalerTest {
  private static final int IMAGES = 4;

  static List<Activation> activations() {
    return List.of(Activation.NONE, Activation.RELU, Activation.RELU6, new Activation(0, 3));
  }

  /** stem -> depthwise -> activation -> 1 x 1 convolution, with filters of very unequal ranges. */
  private static Graph pair(Random random, Activation activation, double spread) {
    int channels = 12;
    float[] depthwise = RandomGraphs.gaussians(random, channels * 9, 0.5);
    float[] bias = RandomGraphs.gaussians(random, channels, 0.5);
    for (int k = 0; k < channels; k++) {
      double factor = Math.exp(spread * random.nextGaussian());
      for (int i = 0; i < 9; i++) {
        depthwise[9 * k + i] *= (float) factor;
      }
      bias[k] *= (float) factor;
    }
    Window same = new Window(1, 1, 1, 1, 1, 1, 1, 1);
    Convolution stem =
        new Convolution(
            Tensor.of(RandomGraphs.gaussians(random, channels * 3, 0.6), channels, 3, 1, 1),
            Tensor.of(RandomGraphs.gaussians(random, channels, 0.3), channels),
            Window.UNIT,
            1);
    Convolution dw =
        new Convolution(
            Tensor.of(depthwise, channels, 1, 3, 3), Tensor.of(bias, channels), same, channels);
    Convolution point =
        new Convolution(
            Tensor.of(RandomGraphs.gaussians(random, 7 * channels, 0.4), 7, channels, 1, 1),
            Tensor.of(RandomGraphs.gaussians(random, 7, 0.4), 7),
            Window.UNIT,
            1);
    return new Graph(
        "in",
        new FeatureShape(3, 6, 6),
        List.of(
            new Node("stem", stem, Activation.RELU, List.of("in")),
            new Node("dw", dw, activation, List.of("stem")),
            new Node("point", point, Activation.NONE, List.of("dw")),
            new Node("pool", new GlobalAveragePool(), Activation.NONE, List.of("point"))));
  }

  private static CalibratedNetwork calibrate(Graph graph, float[] images) {
    CalibrationStatistics statistics = new CalibrationStatistics(graph);
    try (FloatPass pass = new ReferenceEngine().floatPass(graph, IMAGES)) {
      statistics.add(graph, pass, images, IMAGES);
    }
    return new CalibratedNetwork(new FoldedNetwork("n", graph, ""), statistics);
  }

  @ParameterizedTest
  @MethodSource("activations")
  void logitsOfTheCalibrationImagesArePreserved(Activation activation) {
    for (long seed = 1; seed <= 20; seed++) {
      Random random = new Random(seed);
      Graph graph = pair(random, activation, 1.2);
      float[] images = RandomGraphs.gaussians(random, IMAGES * 108, 1);
      Graph rescaled = DepthwiseRescaler.rescale(calibrate(graph, images)).folded().graph();
      for (int i = 0; i < IMAGES; i++) {
        float[] image = java.util.Arrays.copyOfRange(images, 108 * i, 108 * (i + 1));
        double[] before = NaiveFloat.logits(graph, image);
        double[] after = NaiveFloat.logits(rescaled, image);
        for (int k = 0; k < before.length; k++) {
          assertThat(after[k])
              .as("seed %d, %s", seed, activation)
              .isCloseTo(before[k], within(1e-4 * (1 + Math.abs(before[k]))));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("activations")
  void filterRangesComeTogether(Activation activation) {
    Random random = new Random(77);
    Graph graph = pair(random, activation, 1.5);
    float[] images = RandomGraphs.gaussians(random, IMAGES * 108, 1);
    RescaledPair pair = DepthwiseRescaler.rescale(calibrate(graph, images)).report().pairs().get(0);
    assertThat(pair.first()).isEqualTo("dw");
    assertThat(pair.second()).isEqualTo("point");
    assertThat(pair.spreadAfter()).isLessThan(pair.spreadBefore());
    if (pair.locked() == 0) {
      assertThat(pair.spreadAfter()).isCloseTo(1, within(1e-5));
    }
  }

  /**
   * Three channels of a 1 x 1 depthwise layer on an image of ones: ranges 6, 1 and 0.5 and greatest
   * values 6, 1 and 0.5, so the first is locked and T_a = 6; the second wants 6 but may reach 5.9
   * only, the third wants 12 and may take 11.8.
   */
  @Test
  void lockedChannelsKeepTheirScaleAndOthersStayUnderTheLimit() {
    Graph graph = ones(new float[] {6, 1, 0.5f});
    RescaledNetwork result = DepthwiseRescaler.rescale(calibrate(graph, onesImage()));
    Convolution depthwise = (Convolution) result.folded().graph().node("dw").operator();
    assertThat(depthwise.weights().values()).containsExactly(6f, 5.9f, 5.9f);
    Convolution point = (Convolution) result.folded().graph().node("point").operator();
    assertThat(point.weights().get(0)).isEqualTo(1f);
    assertThat(point.weights().get(1)).isCloseTo(1 / 5.9f, within(1e-6f));
    assertThat(point.weights().get(2)).isCloseTo(1 / 11.8f, within(1e-6f));
    RescaledPair pair = result.report().pairs().get(0);
    assertThat(pair.locked()).isEqualTo(1);
    assertThat(pair.limited()).isEqualTo(2);
    assertThat(pair.target()).isEqualTo(6);
    assertThat(pair.targetRule()).isEqualTo(TargetRule.MEAN_OF_LOCKED);
  }

  @Test
  void zeroFiltersAreLeftAloneAndUnlockedPairsTakeTheLargestRange() {
    Graph graph = ones(new float[] {2, 0, 0.5f});
    RescaledNetwork result = DepthwiseRescaler.rescale(calibrate(graph, onesImage()));
    Convolution depthwise = (Convolution) result.folded().graph().node("dw").operator();
    assertThat(depthwise.weights().values()).containsExactly(2f, 0f, 2f);
    RescaledPair pair = result.report().pairs().get(0);
    assertThat(pair.zero()).isEqualTo(1);
    assertThat(pair.targetRule()).isEqualTo(TargetRule.LARGEST_WITHOUT_CLIPPING);
    assertThat(pair.spreadBefore()).isEqualTo(4);
  }

  private static float[] onesImage() {
    float[] image = new float[IMAGES * 3];
    java.util.Arrays.fill(image, 1f);
    return image;
  }

  private static Graph ones(float[] weights) {
    Convolution dw =
        new Convolution(Tensor.of(weights, 3, 1, 1, 1), Tensor.of(new float[3], 3), Window.UNIT, 3);
    Convolution point =
        new Convolution(
            Tensor.of(new float[] {1, 1, 1}, 1, 3, 1, 1),
            Tensor.of(new float[1], 1),
            Window.UNIT,
            1);
    return new Graph(
        "in",
        new FeatureShape(3, 1, 1),
        List.of(
            new Node("dw", dw, Activation.RELU6, List.of("in")),
            new Node("point", point, Activation.NONE, List.of("dw"))));
  }
}
