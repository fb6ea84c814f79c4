package dev.thresher.engine.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.thresher.engine.FloatPass;
import dev.thresher.engine.testing.NaiveFloat;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.network.Activation;
import dev.thresher.network.Graph;
import dev.thresher.network.Linear.Convolution;
import dev.thresher.network.Node;
import dev.thresher.network.Window;
import dev.thresher.tensor.FeatureShape;
import dev.thresher.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReferenceFloatPassTest {
  /** One filter, 2 x 2 kernel [1 2; 3 4], image [1 2 3; 4 5 6], one row of zeros above. */
  @Test
  void convolvesAsComputedByHand() {
    Tensor kernel = Tensor.of(new float[] {1, 2, 3, 4}, 1, 1, 2, 2);
    Window window = new Window(1, 1, 1, 0, 0, 0, 1, 1);
    Convolution conv = new Convolution(kernel, Tensor.of(new float[] {0.5f}, 1), window, 1);
    Node node = new Node("y", conv, new Activation(0, 30), List.of("x"));
    Graph graph = new Graph("x", new FeatureShape(1, 2, 3), List.of(node));
    float[] logits = new float[4];
    try (FloatPass pass = new ReferenceFloatPass(graph, 1)) {
      pass.logits(new float[] {1, 2, 3, 4, 5, 6}, 1, logits);
    }
    // 3*1+4*2, 3*2+4*3; then 1*1+2*2+3*4+4*5 = 37 and 47, clamped to 30
    assertThat(logits).containsExactly(11.5f, 18.5f, 30f, 30f);
  }

  @Test
  void agreesWithTheDefinitionOnRandomNetworks() {
    for (long seed = 0; seed < 200; seed++) {
      Graph graph = RandomGraphs.graph(seed);
      int size = graph.inputShape().size();
      float[] images = RandomGraphs.gaussians(new Random(seed), 2 * size, 1);
      float[] logits = new float[2 * graph.classes()];
      try (FloatPass pass = new ReferenceFloatPass(graph, 3)) {
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
    for (long seed = 0; seed < 40; seed++) {
      Graph graph = RandomGraphs.graph(seed);
      float[] image = RandomGraphs.gaussians(new Random(seed), graph.inputShape().size(), 1);
      Map<String, double[]> expected = NaiveFloat.beforeActivation(graph, image);
      graph.nodes().stream()
          .filter(node -> node.operator() instanceof dev.thresher.network.Layout.Flatten)
          .forEach(node -> expected.remove(node.name()));
      List<String> seen = new ArrayList<>();
      String label = "seed " + seed;
      try (FloatPass pass = new ReferenceFloatPass(graph, 1)) {
        pass.observe(
            image,
            1,
            (index, tensor, values) -> {
              seen.add(tensor);
              double[] wanted = NaiveFloat.channelsLast(expected.get(tensor), graph.shape(tensor));
              for (int i = 0; i < wanted.length; i++) {
                assertThat((double) values[i])
                    .as("%s, %s[%d]", label, tensor, i)
                    .isCloseTo(wanted[i], within(1e-4 * (1 + Math.abs(wanted[i]))));
              }
            });
      }
      assertThat(seen).as(label).containsExactlyElementsOf(expected.keySet());
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 2})
  void refusesMoreImagesThanPrepared(int count) {
    Graph graph = RandomGraphs.graph(1);
    try (FloatPass pass = new ReferenceFloatPass(graph, 1)) {
      float[] images = new float[2 * graph.inputShape().size()];
      float[] logits = new float[2 * graph.classes()];
      assertThatThrownBy(() -> pass.logits(images, count, logits))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("Cannot run %d images: the pass was prepared for up to 1.", count);
    }
  }
}
