package dev.thresher.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.network.Linear;
import dev.thresher.network.NetworkFormatException;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ThresholdedNetworkCodecTest {
  @Test
  void bringsBackWhatItWroteWithAndWithoutMultipliers() {
    for (long seed = 0; seed < 12; seed++) {
      ThresholdedNetwork network = RandomGraphs.quantized(seed).network();
      byte[] bytes = ThresholdedNetworkCodec.encode(network);
      ThresholdedNetwork read = ThresholdedNetworkCodec.decode(bytes);

      assertThat(read.spec()).isEqualTo(network.spec());
      assertThat(read.ranges()).isEqualTo(network.ranges());
      assertThat(read.layout().multipliers()).isEqualTo(network.layout().multipliers());
      assertThat(ThresholdedNetworkCodec.encode(read)).isEqualTo(bytes);
    }
  }

  @Test
  void bringsBackInputMeans() {
    RandomGraphs.Case random = RandomGraphs.quantized(3);
    String node = random.network().layout().weights().get(0).name();
    Linear layer = (Linear) random.graph().node(node).operator();
    float[] means = new float[layer.groups() * layer.filterSize()];
    Arrays.fill(means, 0.25f);
    ThresholdedNetwork network =
        new ThresholdedNetwork(
            random.graph(),
            random.network().spec(),
            random.network().ranges(),
            Map.of(node, means));
    byte[] bytes = ThresholdedNetworkCodec.encode(network);
    ThresholdedNetwork read = ThresholdedNetworkCodec.decode(bytes);
    assertThat(read.inputMeans()).containsOnlyKeys(node);
    assertThat(read.inputMeans().get(node)).isEqualTo(means);
    assertThat(ThresholdedNetworkCodec.encode(read)).isEqualTo(bytes);
  }

  @Test
  void refusesBytesThatAreCutOff() {
    byte[] bytes = ThresholdedNetworkCodec.encode(RandomGraphs.quantized(3).network());
    for (int length : new int[] {0, 11, 40, bytes.length - 1}) {
      assertThatThrownBy(() -> ThresholdedNetworkCodec.decode(Arrays.copyOf(bytes, length)))
          .isInstanceOf(NetworkFormatException.class);
    }
  }
}
