package dev.thresher.finetune.rounding;

import static org.assertj.core.api.Assertions.assertThat;

import dev.thresher.calibrate.FloatOrigin;
import dev.thresher.engine.Engine;
import dev.thresher.engine.Engines;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.Rounding;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.network.Linear;
import dev.thresher.network.Node;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class BlockInputsTest {
  private static final int CASES = 80;

  private final Engine engine = Engines.select("auto");

  private static BlockInputs.Source images(RandomGraphs.Case random) {
    return receiver -> receiver.accept(random.images(), random.images(), RandomGraphs.IMAGES);
  }

  private static List<Node> layers(RandomGraphs.Case random) {
    return random.graph().nodes().stream()
        .filter(node -> node.operator() instanceof Linear)
        .toList();
  }

  private Optional<BlockInputs> at(
      RandomGraphs.Case random, IntegerNetwork network, Node layer, Optional<BlockInputs> known) {
    FloatOrigin origin = FloatOrigin.unscaled(random.graph());
    return BlockInputs.at(engine, origin, network, layer.name(), known, images(random));
  }

  private LayerSums sums(
      RandomGraphs.Case random, IntegerNetwork network, Node layer, Optional<BlockInputs> inputs) {
    FloatOrigin origin = FloatOrigin.unscaled(random.graph());
    String from = inputs.map(BlockInputs::tensor).orElse(random.graph().input());
    BlockInputs.Source source =
        inputs.<BlockInputs.Source>map(given -> given::forEach).orElse(images(random));
    try (LayerProbe probe = new LayerProbe(engine, origin, network, layer.name(), from)) {
      source.forEach(probe::add);
      return probe.sums();
    }
  }

  @Test
  void sumsFromWhereABlockBeginsAreThoseFromTheImages() {
    int fromBlocks = 0;
    for (long seed = 0; seed < CASES; seed++) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      IntegerNetwork network = RandomGraphs.moved(random, seed);
      for (Node layer : layers(random)) {
        Optional<BlockInputs> inputs = at(random, network, layer, Optional.empty());
        LayerSums expected = sums(random, network, layer, Optional.empty());
        LayerSums sums = sums(random, network, layer, inputs);
        assertThat(sums.positions()).isEqualTo(expected.positions());
        for (int group = 0; group < ((Linear) layer.operator()).groups(); group++) {
          assertThat(sums.products(group)).as("seed %d", seed).isEqualTo(expected.products(group));
        }
        for (int k = 0; k < expected.outputs().length; k++) {
          double most = 1e-3 * Math.sqrt(expected.squares()[k] + 1.0) * sums.positions();
          assertThat(Math.abs(sums.outputs()[k] - expected.outputs()[k])).isLessThan(most + 2);
        }
        fromBlocks += inputs.isPresent() ? 1 : 0;
      }
    }
    assertThat(fromBlocks).isGreaterThan(CASES / 2);
  }

  @Test
  void whatWasKeptLeavesNoTrace() {
    int kept = 0;
    for (long seed = 0; seed < CASES; seed++) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      IntegerNetwork network = RandomGraphs.moved(random, seed);
      Optional<BlockInputs> known = Optional.empty();
      for (Node layer : layers(random)) {
        known = at(random, network, layer, known);
        LayerSums expected =
            sums(random, network, layer, at(random, network, layer, Optional.empty()));
        LayerSums sums = sums(random, network, layer, known);
        assertThat(sums.cross()).as("seed %d, %s", seed, layer.name()).isEqualTo(expected.cross());
        assertThat(sums.outputs()).isEqualTo(expected.outputs());
        kept += known.isPresent() ? 1 : 0;
      }
    }
    assertThat(kept).isGreaterThan(CASES / 2);
  }

  @Test
  void whatOtherIntegersGaveIsNotUsed() {
    int compared = 0;
    for (long seed = 0; seed < CASES; seed++) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      IntegerNetwork moved = RandomGraphs.moved(random, seed);
      IntegerNetwork nearest = IntegerNetwork.of(random.network(), random.scales());
      List<Node> layers = layers(random);
      Node last = layers.get(layers.size() - 1);
      Optional<BlockInputs> ofNearest = at(random, nearest, last, Optional.empty());
      LayerSums expected = sums(random, moved, last, at(random, moved, last, Optional.empty()));

      LayerSums sums = sums(random, moved, last, at(random, moved, last, ofNearest));

      assertThat(sums.cross()).as("seed %d", seed).isEqualTo(expected.cross());
      boolean differs = !moved.rounding().layers().equals(Rounding.NEAREST.layers());
      compared += ofNearest.isPresent() && differs ? 1 : 0;
    }
    assertThat(compared).isGreaterThan(CASES / 8);
  }
}
