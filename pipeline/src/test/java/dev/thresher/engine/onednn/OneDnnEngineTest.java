package dev.thresher.engine.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.thresher.engine.Engine;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.TrainingPass;
import dev.thresher.engine.reference.ReferenceEngine;
import dev.thresher.engine.testing.NaiveFloat;
import dev.thresher.engine.testing.NaiveInteger;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.network.Activation;
import dev.thresher.network.Graph;
import dev.thresher.network.Layout.Flatten;
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
import dev.thresher.testing.ChildJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("slow")
class OneDnnEngineTest {
  /**
   * Distance from the exact gradient, relative to its length. bfloat16 has 8 bits, a residual 7; on
   * tiny random networks terms cancel, so that a few of them lie far off: over 600 seeds the median
   * was 0.0012, the 99th percentile 0.026, the greatest 0.079.
   */
  private static final double GRADIENT_TOLERANCE = 0.1;

  private static final double MEDIAN_TOLERANCE = 0.003;

  private final Engine engine = new OneDnnEngine();

  @Test
  void computesTheIntegersOfTheDefinition() {
    for (long seed = 0; seed < 100; seed++) {
      Conformance.checkIntegers(engine, seed);
    }
  }

  /** As callers have it: as many images as the batch, and an array that ends with the last one. */
  @ParameterizedTest
  @ValueSource(ints = {1, 3, 5, 16})
  void computesEveryImageOfABatchAndReadsNoFurther(int count) {
    Graph graph = MobileNetShapes.v1(0.25, 64, 10, 3);
    float[] images = RandomGraphs.gaussians(new Random(4), count * graph.inputShape().size(), 1);
    QuantizationSpec spec =
        new QuantizationSpec(Granularity.PER_FILTER, Scheme.SYMMETRIC, 8, 8, ScaleLimits.PAPER);
    ThresholdedNetwork network =
        new ThresholdedNetwork(graph, spec, RandomGraphs.ranges(graph, images, 1));
    float[] expected = inferenceLogits(new ReferenceEngine(), network, images, count);
    assertThat(inferenceLogits(engine, network, images, count)).isEqualTo(expected);
    assertThat(trainingLogits(engine, network, images, count)).isEqualTo(expected);
  }

  private static float[] inferenceLogits(
      Engine engine, ThresholdedNetwork network, float[] images, int count) {
    float[] logits = new float[count * network.graph().classes()];
    IntegerNetwork integers = IntegerNetwork.of(network, network.initialScales());
    try (QuantizedPass pass = engine.quantizedPass(integers, count)) {
      pass.logits(images, count, logits);
    }
    return logits;
  }

  private static float[] trainingLogits(
      Engine engine, ThresholdedNetwork network, float[] images, int count) {
    float[] logits = new float[count * network.graph().classes()];
    try (TrainingPass pass = engine.trainingPass(network, count)) {
      pass.forward(network.initialScales(), images, count, logits);
    }
    return logits;
  }

  /** Networks with pads as wide as kernels, dilations, two strides; with an output one wide. */
  @ParameterizedTest
  @ValueSource(longs = {1004, 2005, 2142, 2514, 2783, 2871})
  void convolvesWindowsThatOneDnnsFirstChoiceCannotDo(long seed) {
    Conformance.checkIntegers(engine, seed);
    assertThat(Conformance.gradientDistance(engine, seed)).isLessThan(GRADIENT_TOLERANCE);
  }

  @Test
  void followsTheStraightThroughRulesToItsRounding() {
    double[] distances = new double[60];
    for (int seed = 0; seed < distances.length; seed++) {
      distances[seed] = Conformance.gradientDistance(engine, seed);
      assertThat(distances[seed]).as("seed %d", seed).isLessThan(GRADIENT_TOLERANCE);
    }
    Arrays.sort(distances);
    assertThat(distances[distances.length / 2]).isLessThan(MEDIAN_TOLERANCE);
  }

  /** Without VNNI, products of bytes saturate unless they are cut into parts. */
  @ParameterizedTest
  @ValueSource(
      strings = {"AVX2", "AVX512_CORE", "AVX512_CORE_VNNI", "AVX512_CORE_BF16", "AVX512_CORE_FP16"})
  void computesTheSameIntegersOnOtherInstructionSets(String isa, @TempDir Path folder)
      throws IOException, InterruptedException {
    Map<String, String> environment = Map.of("ONEDNN_MAX_CPU_ISA", isa);
    ChildJvm.run(folder, List.of("-Xmx512m"), environment, Conformance.class, "1000", "25");
  }

  /** 4,001 products of 127 and 127: over 2^24, beyond what float32 accumulators hold. */
  @Test
  void sumsExactlyBeyondTheIntegersOfFloats() {
    int inputs = 4001;
    float[] weights = new float[2 * inputs];
    Arrays.fill(weights, 1f);
    weights[1] = 126f / 127;
    weights[inputs + 2] = 125f / 127;
    Tensor bias = Tensor.of(new float[] {0.123f, 12.678f}, 2);
    FullyConnected dense = new FullyConnected(Tensor.of(weights, 2, inputs), bias);
    Node node = new Node("y", dense, Activation.NONE, List.of("x"));
    Graph graph = new Graph("x", new FeatureShape(inputs, 1, 1), List.of(node));
    QuantizationSpec spec =
        new QuantizationSpec(Granularity.PER_FILTER, Scheme.ASYMMETRIC, 8, 8, ScaleLimits.PAPER);
    Map<String, Range> ranges = Map.of("x", new Range(-1, 1), "y", new Range(-4020, 4020));
    ThresholdedNetwork thresholded = new ThresholdedNetwork(graph, spec, ranges);
    IntegerNetwork network = IntegerNetwork.of(thresholded, thresholded.initialScales());
    Random random = new Random(1);
    try (QuantizedPass pass = engine.quantizedPass(network, 1)) {
      for (int i = 0; i < 50; i++) {
        float[] image = new float[inputs];
        Arrays.fill(image, random.nextFloat());
        float[] logits = new float[2];
        pass.logits(image, 1, logits);
        assertThat(logits).containsExactly(NaiveInteger.logits(network, image));
      }
    }
  }

  @Test
  void anotherJavaIsAnObstacleThatIsNamed() {
    assertThat(Obstacle.ofJava(17)).isEmpty();
    assertThat(Obstacle.ofJava(25))
        .hasValueSatisfying(
            obstacle -> {
              assertThat(obstacle.reason()).contains("this JVM is Java 25");
              assertThat(obstacle.mend()).contains("use Java 17");
            });
  }

  @Test
  void agreesWithTheFloatDefinition() {
    for (long seed = 0; seed < 60; seed++) {
      Graph graph = RandomGraphs.graph(seed);
      int size = graph.inputShape().size();
      float[] images = RandomGraphs.gaussians(new Random(seed), 2 * size, 1);
      float[] logits = new float[2 * graph.classes()];
      try (FloatPass pass = engine.floatPass(graph, 3)) {
        pass.logits(images, 2, logits);
      }
      for (int image = 0; image < 2; image++) {
        double[] expected =
            NaiveFloat.logits(graph, Arrays.copyOfRange(images, image * size, (image + 1) * size));
        for (int i = 0; i < expected.length; i++) {
          assertThat((double) logits[image * expected.length + i])
              .as("seed %d, image %d, logit %d", seed, image, i)
              .isCloseTo(expected[i], within(1e-4 * (1 + Math.abs(expected[i]))));
        }
      }
    }
  }

  @Test
  void showsEveryTensorBeforeItsActivation() {
    for (long seed = 0; seed < 20; seed++) {
      Graph graph = RandomGraphs.graph(seed);
      float[] image = RandomGraphs.gaussians(new Random(seed), graph.inputShape().size(), 1);
      Map<String, double[]> expected = NaiveFloat.beforeActivation(graph, image);
      graph.nodes().stream()
          .filter(node -> node.operator() instanceof Flatten)
          .forEach(node -> expected.remove(node.name()));
      List<String> seen = new ArrayList<>();
      try (FloatPass pass = engine.floatPass(graph, 1)) {
        pass.observe(
            image,
            1,
            (index, tensor, values) -> {
              seen.add(tensor);
              double[] wanted = NaiveFloat.channelsLast(expected.get(tensor), graph.shape(tensor));
              for (int i = 0; i < wanted.length; i++) {
                assertThat((double) values[i])
                    .as("%s[%d]", tensor, i)
                    .isCloseTo(wanted[i], within(1e-4 * (1 + Math.abs(wanted[i]))));
              }
            });
      }
      assertThat(seen).as("seed %d", seed).containsExactlyElementsOf(expected.keySet());
    }
  }

  @Test
  void givesTheSameBytesInEveryThreadAndEveryRun() throws InterruptedException, ExecutionException {
    for (long seed = 0; seed < 10; seed++) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      int size = RandomGraphs.IMAGES * random.graph().classes();
      float[] g = RandomGraphs.gaussians(new Random(seed), size, 1);
      float[] alone = Conformance.gradient(engine, random, g);
      ExecutorService threads = Executors.newFixedThreadPool(4);
      try {
        List<Future<float[]>> together = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          together.add(threads.submit(() -> Conformance.gradient(engine, random, g)));
        }
        for (Future<float[]> one : together) {
          assertThat(one.get()).as("seed %d", seed).containsExactly(alone);
        }
      } finally {
        threads.shutdownNow();
      }
    }
  }

  @Test
  void holdsNoMoreMemoryAfterManySteps() {
    RandomGraphs.Case random = RandomGraphs.quantized(3);
    float[] logits = new float[RandomGraphs.IMAGES * random.graph().classes()];
    float[] gradient = new float[random.scales().length];
    try (TrainingPass pass = engine.trainingPass(random.network(), RandomGraphs.IMAGES)) {
      pass.forward(random.scales(), random.images(), RandomGraphs.IMAGES, logits);
      pass.backward(logits.clone(), gradient);
      long bytes = pass.bytes();
      for (int i = 0; i < 20; i++) {
        pass.forward(random.scales(), random.images(), RandomGraphs.IMAGES, logits);
        pass.backward(logits.clone(), gradient);
      }
      assertThat(pass.bytes()).isEqualTo(bytes);
    }
  }

  @Test
  void refusesToGoBackwardFirst() {
    RandomGraphs.Case random = RandomGraphs.quantized(1);
    try (TrainingPass pass = engine.trainingPass(random.network(), 1)) {
      float[] g = new float[random.graph().classes()];
      assertThatThrownBy(() -> pass.backward(g, new float[random.scales().length]))
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("Cannot go backward: run a forward pass first.");
    }
  }

  @Test
  void refusesMoreImagesThanPrepared() {
    Graph graph = RandomGraphs.graph(1);
    try (FloatPass pass = engine.floatPass(graph, 1)) {
      float[] images = new float[2 * graph.inputShape().size()];
      float[] logits = new float[2 * graph.classes()];
      assertThatThrownBy(() -> pass.logits(images, 2, logits))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("Cannot run 2 images: the pass was prepared for up to 1.");
    }
  }
}
