package dev.thresher.fold;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.thresher.engine.testing.NaiveFloat;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.network.Activation;
import dev.thresher.network.BatchNormalization;
import dev.thresher.network.Combine.Add;
import dev.thresher.network.FloatNetwork;
import dev.thresher.network.Graph;
import dev.thresher.network.Linear.Convolution;
import dev.thresher.network.Linear.FullyConnected;
import dev.thresher.network.Node;
import dev.thresher.network.Operator;
import dev.thresher.network.Reduce.GlobalAveragePool;
import dev.thresher.network.Window;
import dev.thresher.tensor.FeatureShape;
import dev.thresher.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FolderTest {
  private final Random random = new Random(41);

  private Tensor random(int... shape) {
    int size = Arrays.stream(shape).reduce(1, (a, b) -> a * b);
    return Tensor.of(RandomGraphs.gaussians(random, size, 0.6), shape);
  }

  private BatchNormalization norm(int channels) {
    float[] variance = new float[channels];
    for (int c = 0; c < channels; c++) {
      variance[c] = 0.05f + random.nextFloat();
    }
    return new BatchNormalization(
        random(channels), random(channels), random(channels), Tensor.of(variance, channels), 1e-3);
  }

  private Convolution conv(int in, int out, int kernel, int groups) {
    Window window = new Window(1, 1, kernel / 2, kernel / 2, kernel / 2, kernel / 2, 1, 1);
    return new Convolution(random(out, in / groups, kernel, kernel), random(out), window, groups);
  }

  private static Node node(String name, Operator operator, Activation activation, String... in) {
    return new Node(name, operator, activation, List.of(in));
  }

  private static FloatNetwork network(Node... nodes) {
    return new FloatNetwork(
        "n", new Graph("in", new FeatureShape(3, 5, 4), List.of(nodes)), "0".repeat(64));
  }

  private void assertSameLogits(FloatNetwork network, FoldedNetwork folded) {
    for (int i = 0; i < 3; i++) {
      float[] image = RandomGraphs.gaussians(random, 60, 1);
      double[] before = NaiveFloat.logits(network.graph(), image);
      double[] after = NaiveFloat.logits(folded.graph(), image);
      assertThat(after).hasSameSizeAs(before);
      for (int k = 0; k < before.length; k++) {
        assertThat(after[k]).isCloseTo(before[k], within(1e-5 * (1 + Math.abs(before[k]))));
      }
    }
  }

  @Test
  void foldsIntoEveryKindOfLayer() {
    FloatNetwork network =
        network(
            node("stem", conv(3, 6, 3, 1), Activation.NONE, "in"),
            node("stem_norm", norm(6), Activation.RELU6, "stem"),
            node("dw", conv(6, 6, 3, 6), Activation.NONE, "stem_norm"),
            node("dw_norm", norm(6), Activation.RELU, "dw"),
            node("grouped", conv(6, 4, 3, 2), Activation.NONE, "dw_norm"),
            node("grouped_norm", norm(4), Activation.NONE, "grouped"),
            node("pool", new GlobalAveragePool(), Activation.NONE, "grouped_norm"),
            node("fc", new FullyConnected(random(5, 4), random(5)), Activation.NONE, "pool"),
            node("fc_norm", norm(5), Activation.NONE, "fc"));
    FoldedNetwork folded = Folder.fold(network);
    assertThat(folded.graph().nodes())
        .extracting(Node::name)
        .containsExactly("stem", "dw", "grouped", "pool", "fc");
    assertThat(folded.graph().node("stem").activation()).isEqualTo(Activation.RELU6);
    assertSameLogits(network, folded);
  }

  @Test
  void whatCannotBeAbsorbedBecomesADepthwiseConvolution() {
    FloatNetwork network =
        network(
            node("first", norm(3), Activation.RELU, "in"),
            node("a", conv(3, 4, 1, 1), Activation.NONE, "first"),
            node("a_norm", norm(4), Activation.NONE, "a"),
            node("sum", new Add(), Activation.NONE, "a", "a_norm"),
            node("sum_norm", norm(4), Activation.RELU, "sum"),
            node("b", conv(4, 4, 1, 1), Activation.RELU, "sum_norm"),
            node("b_norm", norm(4), Activation.NONE, "b"),
            node("pool", new GlobalAveragePool(), Activation.NONE, "b_norm"));
    FoldedNetwork folded = Folder.fold(network);
    assertThat(folded.graph().node("a_norm").operator()).isInstanceOf(Convolution.class);
    assertThat(folded.graph().node("b").activation()).isEqualTo(Activation.RELU);
    assertSameLogits(network, folded);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3})
  void foldingTwiceChangesNothing(int seed) {
    Graph graph = RandomGraphs.graph(seed);
    FloatNetwork network = new FloatNetwork("n", graph, "");
    FoldedNetwork folded = Folder.fold(network);
    FloatNetwork again = new FloatNetwork("n", folded.graph(), "");
    assertThat(Folder.fold(again).graph().nodes()).isEqualTo(folded.graph().nodes());
  }

  @Test
  void weightsThatAreNotFiniteAreRefusedByName() {
    BatchNormalization broken =
        new BatchNormalization(
            random(4), random(4), random(4), Tensor.of(new float[] {1, 1, -1, 1}, 4), 1e-3);
    FloatNetwork network =
        network(
            node("c", conv(3, 4, 1, 1), Activation.NONE, "in"),
            node("c_norm", broken, Activation.NONE, "c"));
    assertThatThrownBy(() -> Folder.fold(network))
        .hasMessageContaining("Cannot fold c_norm")
        .hasMessageContaining("not finite");
  }

  @Test
  void aNormalizationOfAnotherWidthIsRefused() {
    assertThatThrownBy(
            () ->
                network(
                    node("c", conv(3, 4, 1, 1), Activation.NONE, "in"),
                    node("c_norm", norm(5), Activation.NONE, "c")))
        .hasMessageContaining("c_norm")
        .hasMessageContaining("5 input channels");
  }
}
