package dev.thresher.network;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thresher.network.Combine.Add;
import dev.thresher.network.Layout.Flatten;
import dev.thresher.network.Linear.Convolution;
import dev.thresher.network.Linear.FullyConnected;
import dev.thresher.network.Pointwise.PassThrough;
import dev.thresher.network.Reduce.GlobalAveragePool;
import dev.thresher.tensor.FeatureShape;
import dev.thresher.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class GraphTest {
  private static Tensor random(Random random, int... shape) {
    float[] values = new float[Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return Tensor.of(values, shape);
  }

  private static Node node(String name, Operator operator, Activation activation, String... in) {
    return new Node(name, operator, activation, List.of(in));
  }

  private static Graph everyOperator() {
    Random r = new Random(1);
    Window strided = new Window(2, 2, 0, 0, 1, 1, 1, 1);
    Operator stem = new Convolution(random(r, 4, 3, 3, 3), random(r, 4), strided, 1);
    Operator point = new Convolution(random(r, 4, 4, 1, 1), random(r, 4), Window.UNIT, 1);
    Tensor variance = Tensor.of(new float[] {1, 2, 3, 4}, 4);
    Operator norm =
        new BatchNormalization(random(r, 4), random(r, 4), random(r, 4), variance, 1e-3);
    Operator dense = new FullyConnected(random(r, 5, 4), random(r, 5));
    return new Graph(
        "image",
        new FeatureShape(3, 9, 8),
        List.of(
            node("stem", stem, Activation.NONE, "image"),
            node("norm", norm, Activation.RELU6, "stem"),
            node("point", point, Activation.NONE, "norm"),
            node("add", new Add(), Activation.NONE, "point", "norm"),
            node("clip", new PassThrough(), new Activation(-1, 2), "add"),
            node("pool", new GlobalAveragePool(), Activation.NONE, "clip"),
            node("flat", new Flatten(), Activation.NONE, "pool"),
            node("dense", dense, Activation.NONE, "flat")));
  }

  @Test
  void shapesAreInferred() {
    Graph graph = everyOperator();
    assertThat(graph.shape("stem")).isEqualTo(new FeatureShape(4, 4, 4));
    assertThat(graph.shape("pool")).isEqualTo(new FeatureShape(4, 1, 1));
    assertThat(graph.classes()).isEqualTo(5);
    assertThat(graph.consumers("norm")).extracting(Node::name).containsExactly("point", "add");
  }

  @Test
  void encodingRoundTripsAndIsStable() {
    Graph graph = everyOperator();
    byte[] bytes = GraphCodec.encode(graph);
    Graph decoded = GraphCodec.decode(bytes);
    assertThat(decoded.nodes()).isEqualTo(graph.nodes());
    assertThat(decoded.inputShape()).isEqualTo(graph.inputShape());
    assertThat(GraphCodec.encode(decoded)).isEqualTo(bytes);
  }

  @Test
  void damagedBytesAreRefused() {
    byte[] bytes = GraphCodec.encode(everyOperator());
    for (int length : new int[] {0, 3, 11, 40, bytes.length - 1}) {
      assertThatThrownBy(() -> GraphCodec.decode(Arrays.copyOf(bytes, length)))
          .as("%d bytes", length)
          .isInstanceOf(NetworkFormatException.class);
    }
    byte[] header = bytes.clone();
    header[9] = 0x7f;
    assertThatThrownBy(() -> GraphCodec.decode(header)).isInstanceOf(NetworkFormatException.class);
  }

  @Test
  void whatDoesNotFitIsRefusedByName() {
    Random r = new Random(2);
    Convolution conv = new Convolution(random(r, 4, 5, 1, 1), random(r, 4), Window.UNIT, 1);
    FeatureShape image = new FeatureShape(3, 4, 4);
    Node c1 = node("c1", conv, Activation.NONE, "in");
    assertThatThrownBy(() -> new Graph("in", image, List.of(c1)))
        .hasMessageContaining("c1")
        .hasMessageContaining("5 input channels");
    Node lost = node("p", new Flatten(), Activation.NONE, "x");
    assertThatThrownBy(() -> new Graph("in", image, List.of(lost)))
        .hasMessageContaining("x is not computed");
    Node a = node("a", new Flatten(), Activation.NONE, "in");
    Node b = node("b", new Flatten(), Activation.NONE, "in");
    assertThatThrownBy(() -> new Graph("in", image, List.of(a, b)))
        .hasMessageContaining("nothing reads a");
    assertThatThrownBy(() -> node("a", new Add(), Activation.NONE, "in"))
        .hasMessageContaining("reads 2");
  }

  @Test
  void cutsAreWhereNothingEarlierIsReadLater() {
    Activation relu = Activation.RELU;
    Tensor square = random(new Random(1), 2, 2, 1, 1);
    Operator convolution = new Convolution(square, Tensor.of(new float[2], 2), Window.UNIT, 1);
    Graph graph =
        new Graph(
            "image",
            new FeatureShape(2, 4, 4),
            List.of(
                node("a", convolution, relu, "image"),
                node("b", convolution, relu, "a"),
                node("c", new Combine.Add(), Activation.NONE, "a", "b"),
                node("d", convolution, relu, "c"),
                node("e", new Combine.Add(), Activation.NONE, "image", "d"),
                node("f", convolution, relu, "e"),
                node("g", convolution, relu, "f")));

    assertThat(graph.cuts()).containsExactly("e", "f");
    assertThat(graph.between("e", "g").nodes()).extracting(Node::name).containsExactly("f", "g");
    assertThat(graph.between("a", "c").nodes()).extracting(Node::name).containsExactly("b", "c");
    assertThatThrownBy(() -> graph.between("d", "f"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("e")
        .hasMessageContaining("image");
  }
}
