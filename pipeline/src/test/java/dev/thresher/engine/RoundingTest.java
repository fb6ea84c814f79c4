package dev.thresher.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thresher.engine.Rounding.Layer;
import dev.thresher.engine.testing.NaiveInteger;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.network.Graph;
import dev.thresher.network.Layout.Flatten;
import dev.thresher.network.Linear;
import dev.thresher.network.NetworkFormatException;
import dev.thresher.network.Node;
import dev.thresher.tensor.FeatureShape;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RoundingTest {
  private static final int CASES = 60;

  @Test
  void movesAreAddedToTheNearestIntegersAndBiasesTakeTheirPlace() {
    int found = 0;
    for (long seed = 0; seed < CASES; seed++) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      IntegerNetwork nearest = IntegerNetwork.of(random.network(), random.scales());
      IntegerNetwork moved = RandomGraphs.moved(random, seed);
      for (Map.Entry<String, Layer> entry : moved.rounding().layers().entrySet()) {
        String name = entry.getKey();
        IntegerWeights before = nearest.weights(name);
        IntegerWeights after = moved.weights(name);
        int changed = 0;
        for (int i = 0; i < after.codes().length; i++) {
          assertThat(after.codes()[i] - before.codes()[i]).isEqualTo(entry.getValue().moves()[i]);
          changed += after.codes()[i] == before.codes()[i] ? 0 : 1;
        }
        assertThat(entry.getValue().moved()).isEqualTo(changed);
        assertThat(after.scales()).isEqualTo(before.scales());
        double input = moved.quantizer(moved.graph().node(name).inputs().get(0)).scale();
        for (int k = 0; k < after.bias().length; k++) {
          double step = input * after.scales()[k];
          assertThat(after.bias()[k] * step)
              .as("seed %d, bias %d of %s", seed, k, name)
              .isBetween(
                  entry.getValue().bias()[k] - 0.51 * step,
                  entry.getValue().bias()[k] + 0.51 * step);
        }
        found++;
      }
    }
    assertThat(found).isGreaterThan(CASES);
  }

  @Test
  void bytesBringBackTheSameIntegers() {
    for (long seed = 0; seed < CASES; seed++) {
      IntegerNetwork network = RandomGraphs.moved(RandomGraphs.quantized(seed), seed);
      byte[] bytes = IntegerNetworkCodec.encode(network);
      IntegerNetwork back = IntegerNetworkCodec.decode(bytes);

      assertThat(IntegerNetworkCodec.encode(back)).as("seed %d", seed).isEqualTo(bytes);
      assertThat(back.scales()).isEqualTo(network.scales());
      network
          .rounding()
          .layers()
          .keySet()
          .forEach(
              name -> {
                assertThat(back.weights(name).codes()).isEqualTo(network.weights(name).codes());
                assertThat(back.weights(name).bias()).isEqualTo(network.weights(name).bias());
              });
    }
  }

  @Test
  void aPartHasTheIntegersOfTheWhole() {
    for (long seed = 0; seed < CASES; seed++) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      IntegerNetwork network = RandomGraphs.moved(random, seed);
      Map<String, NaiveInteger.Quantized> all = NaiveInteger.run(network, random.image(0));
      for (Node node : random.graph().nodes()) {
        if (node.operator() instanceof Flatten) {
          continue;
        }
        IntegerNetwork part = network.between(network.graph().input(), node.name());

        assertThat(part.graph().output()).isEqualTo(node.name());
        Map<String, NaiveInteger.Quantized> some = NaiveInteger.run(part, random.image(0));
        some.forEach(
            (tensor, values) ->
                assertThat(values.codes()).as(tensor).isEqualTo(all.get(tensor).codes()));
      }
    }
  }

  @Test
  void aPartThatBeginsAtACutGoesOnWithTheSameIntegers() {
    int parts = 0;
    for (long seed = 0; seed < CASES; seed++) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      IntegerNetwork network = RandomGraphs.moved(random, seed);
      Map<String, NaiveInteger.Quantized> all = NaiveInteger.run(network, random.image(0));
      for (String cut : network.graph().cuts()) {
        if (network.graph().node(cut).operator() instanceof Flatten) {
          continue;
        }
        IntegerNetwork part = network.between(cut, network.graph().output());
        int[] codes = all.get(cut).codes();
        FeatureShape shape = network.graph().shape(cut);
        float[] given = new float[codes.length];
        for (int i = 0; i < given.length; i++) {
          int position = i / shape.channels();
          int channelsFirst = i % shape.channels() * shape.positions() + position;
          given[i] = network.quantizer(cut).dequantize(codes[channelsFirst]);
        }

        assertThat(part.quantizer(cut)).isEqualTo(network.quantizer(cut));
        NaiveInteger.run(part, given)
            .forEach(
                (tensor, values) ->
                    assertThat(values.codes()).as(tensor).isEqualTo(all.get(tensor).codes()));
        parts++;
      }
    }
    assertThat(parts).isGreaterThan(CASES);
  }

  @Test
  void theFloatGraphRoundsToTheChosenIntegersByItself() {
    for (long seed = 0; seed < CASES; seed++) {
      IntegerNetwork network = RandomGraphs.moved(RandomGraphs.quantized(seed), seed);
      Graph floats = network.floatGraph();
      for (String name : network.rounding().layers().keySet()) {
        Linear weighted = (Linear) floats.node(name).operator();
        IntegerWeights integers = network.weights(name);
        for (int i = 0; i < integers.codes().length; i++) {
          float scale = integers.scales()[i / weighted.filterSize()];
          assertThat(Math.rint(weighted.weights().get(i) / scale)).isEqualTo(integers.codes()[i]);
        }
        assertThat(weighted.bias().values())
            .isEqualTo(network.rounding().layer(name).orElseThrow().bias());
      }
    }
  }

  @Test
  void aRoundingOfAnotherNetworkOrOfOtherScalesIsRefused() {
    RandomGraphs.Case random = RandomGraphs.quantized(3);
    String name = random.network().layout().weights().get(0).name();
    Linear weighted = (Linear) random.graph().node(name).operator();
    int size = weighted.weights().size();
    float[] bias = new float[weighted.filters()];

    assertThatThrownBy(() -> of(random, name, new Layer(new byte[size + 1], bias)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Cannot round " + name)
        .hasMessageContaining(size + 1 + " weights");
    byte[] far = new byte[size];
    Arrays.fill(far, (byte) 127);
    far[0] = -128;
    assertThatThrownBy(() -> of(random, name, new Layer(far, bias)).weights(name))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("The rounding is of other scales");
  }

  private static IntegerNetwork of(RandomGraphs.Case random, String name, Layer layer) {
    return IntegerNetwork.of(random.network(), random.scales(), Rounding.NEAREST.with(name, layer));
  }

  @Test
  void otherBytesAreRefused() {
    byte[] rounding =
        RoundingCodec.encode(RandomGraphs.moved(RandomGraphs.quantized(4), 4).rounding());
    byte[] network = IntegerNetworkCodec.encode(RandomGraphs.moved(RandomGraphs.quantized(4), 4));
    assertThat(RoundingCodec.encode(RoundingCodec.decode(rounding))).isEqualTo(rounding);
    assertThat(RoundingCodec.decode(RoundingCodec.encode(Rounding.NEAREST)).layers()).isEmpty();
    byte[] longer = Arrays.copyOf(rounding, rounding.length + 1);

    assertThatThrownBy(() -> RoundingCodec.decode(longer))
        .isInstanceOf(NetworkFormatException.class)
        .hasMessageContaining("It is damaged");
    for (int cut = 0; cut < rounding.length; cut += 7) {
      byte[] shorter = Arrays.copyOf(rounding, cut);
      assertThatThrownBy(() -> RoundingCodec.decode(shorter))
          .as("%d bytes", cut)
          .isInstanceOf(NetworkFormatException.class);
    }
    for (int cut = 0; cut < network.length; cut += 97) {
      byte[] shorter = Arrays.copyOf(network, cut);
      assertThatThrownBy(() -> IntegerNetworkCodec.decode(shorter))
          .as("%d bytes", cut)
          .isInstanceOf(NetworkFormatException.class);
    }
  }
}
