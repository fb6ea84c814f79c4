package dev.thresher.network.onnx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.network.Activation;
import dev.thresher.network.BatchNormalization;
import dev.thresher.network.Combine.Add;
import dev.thresher.network.Graph;
import dev.thresher.network.Layout.Flatten;
import dev.thresher.network.Linear.Convolution;
import dev.thresher.network.NetworkReader;
import dev.thresher.network.Node;
import dev.thresher.network.Operator;
import dev.thresher.network.Reduce.GlobalAveragePool;
import dev.thresher.network.SlowNetwork;
import dev.thresher.network.Window;
import dev.thresher.tensor.FeatureShape;
import dev.thresher.tensor.Tensor;
import dev.thresher.testing.OnnxOracle;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class OnnxGraphWriterTest {
  private static byte[] write(Graph graph) {
    return OnnxGraphWriter.write(graph, "test", "0.0.0", new TreeMap<>(Map.of("key", "value")));
  }

  @Test
  void onnxRuntimeComputesWhatTheGraphMeans() {
    for (long seed = 0; seed < 60; seed++) {
      Graph graph = RandomGraphs.graph(seed);
      FeatureShape shape = graph.inputShape();
      float[] image = RandomGraphs.gaussians(new Random(seed), shape.size(), 1);
      assertClose(SlowNetwork.logits(graph, image), run(graph, image), "seed " + seed);
    }
  }

  @Test
  void batchNormalizationClipsAndVectorsAreKept() {
    Graph graph = everything();
    float[] image = RandomGraphs.gaussians(new Random(2), graph.inputShape().size(), 1);
    assertClose(SlowNetwork.logits(graph, image), run(graph, image), "kept");
  }

  /** Names that collide with the writer's own, every operator that needs care. */
  private static Graph everything() {
    Random random = new Random(1);
    FeatureShape shape = new FeatureShape(2, 5, 5);
    Tensor four = Tensor.of(new float[] {1, 2, 3, 4}, 4);
    Tensor kernel = Tensor.of(RandomGraphs.gaussians(random, 4 * 2 * 9, 0.3), 4, 2, 3, 3);
    Tensor square = Tensor.of(RandomGraphs.gaussians(random, 16, 0.3), 4, 4, 1, 1);
    return new Graph(
        "image",
        shape,
        List.of(
            node("output", new Convolution(kernel, four, Window.UNIT, 1), "image"),
            new Node(
                "norm",
                new BatchNormalization(four, four, four, four, 1e-3),
                new Activation(0, 5),
                List.of("output")),
            node("pool", new GlobalAveragePool(), "norm"),
            node("flat", new Flatten(), "pool"),
            node("sum", new Add(), "flat", "pool"),
            new Node(
                "norm/linear",
                new Convolution(square, four, Window.UNIT, 1),
                new Activation(-1, Float.POSITIVE_INFINITY),
                List.of("sum"))));
  }

  private static Node node(String name, Operator operator, String... inputs) {
    return new Node(name, operator, Activation.NONE, List.of(inputs));
  }

  private static float[] run(Graph graph, float[] image) {
    FeatureShape shape = graph.inputShape();
    return OnnxOracle.run(write(graph), image, 1, shape.channels(), shape.height(), shape.width());
  }

  private static void assertClose(float[] wanted, float[] given, String what) {
    assertThat(given).hasSameSizeAs(wanted);
    for (int i = 0; i < wanted.length; i++) {
      assertThat(given[i]).as(what).isCloseTo(wanted[i], within(1e-3f));
    }
  }

  @Test
  void ourImporterReadsTheSameFunctionBack() {
    Graph graph = everything();
    Graph read = NetworkReader.read(write(graph), "test.onnx", OptionalInt.empty()).graph();
    float[] image = RandomGraphs.gaussians(new Random(3), graph.inputShape().size(), 1);
    assertClose(SlowNetwork.logits(graph, image), SlowNetwork.logits(read, image), "read back");
  }

  @Test
  void equalGraphsGiveEqualBytes() {
    assertThat(write(RandomGraphs.graph(4))).isEqualTo(write(RandomGraphs.graph(4)));
  }
}
