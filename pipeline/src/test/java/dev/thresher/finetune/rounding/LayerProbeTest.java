package dev.thresher.finetune.rounding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thresher.calibrate.FloatOrigin;
import dev.thresher.engine.Engine;
import dev.thresher.engine.Engines;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.testing.NaiveFloat;
import dev.thresher.engine.testing.NaiveInteger;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.network.Linear;
import dev.thresher.network.Linear.Convolution;
import dev.thresher.network.Node;
import dev.thresher.network.Window;
import dev.thresher.quantize.Quantizer;
import dev.thresher.tensor.FeatureShape;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LayerProbeTest {
  private static final int CASES = 40;

  /** Where outputs end, in fractions of a step. */
  private static final double MOST = 1 << 23;

  private final Engine engine = Engines.select("auto");

  private LayerSums measure(RandomGraphs.Case random, String node, int... split) {
    IntegerNetwork integers = IntegerNetwork.of(random.network(), random.scales());
    FloatOrigin origin = FloatOrigin.unscaled(random.graph());
    int size = random.graph().inputShape().size();
    try (LayerProbe probe =
        new LayerProbe(engine, origin, integers, node, random.graph().input())) {
      int first = 0;
      for (int count : split) {
        float[] some = Arrays.copyOfRange(random.images(), first * size, (first + count) * size);
        probe.add(some, some, count);
        first += count;
      }
      return probe.sums();
    }
  }

  /** All maps of the random networks are small: every position counts. */
  @Test
  void sumsAreThoseOfTheIntegersAndOfTheFloatNetworkTapByTap() {
    int layers = 0;
    for (long seed = 0; seed < CASES; seed++) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      for (Node node : random.graph().nodes()) {
        if (node.operator() instanceof Linear layer && isSmall(random, node)) {
          check(random, node, layer, "seed " + seed + ", " + node.name());
          layers++;
        }
      }
    }
    assertThat(layers).isGreaterThan(2 * CASES);
  }

  private static boolean isSmall(RandomGraphs.Case random, Node node) {
    return random.graph().shape(node.name()).positions() < 120;
  }

  private void check(RandomGraphs.Case random, Node node, Linear layer, String what) {
    LayerSums sums = measure(random, node.name(), RandomGraphs.IMAGES);
    IntegerNetwork integers = IntegerNetwork.of(random.network(), random.scales());
    String source = random.network().quantizedTensor(node.inputs().get(0));
    Quantizer grid = integers.quantizer(source);
    double step = (double) integers.quantizer(node.name()).scale() / LayerSums.FRACTION;
    FeatureShape in = random.graph().shape(source);
    int positions = random.graph().shape(node.name()).positions();
    int each = layer.filterSize();
    double[][] products = new double[layer.groups()][each * each];
    double[] cross = new double[layer.filters() * each];
    double[] largest = new double[1];
    for (int image = 0; image < RandomGraphs.IMAGES; image++) {
      int[] codes = NaiveInteger.run(integers, random.image(image)).get(source).codes();
      double[] wanted =
          NaiveFloat.beforeActivation(random.graph(), random.image(image)).get(node.name());
      for (int position = 0; position < positions; position++) {
        for (int group = 0; group < layer.groups(); group++) {
          double[] x = window(layer, in, codes, grid.zeroPoint(), group, position);
          for (int i = 0; i < each; i++) {
            largest[0] = Math.max(largest[0], Math.abs(x[i]));
            for (int j = 0; j < each; j++) {
              products[group][i * each + j] += x[i] * x[j];
            }
            int filters = layer.filters() / layer.groups();
            for (int k = group * filters; k < (group + 1) * filters; k++) {
              double steps = Math.rint(wanted[k * positions + position] / step);
              cross[k * each + i] += x[i] * Math.max(-MOST, Math.min(steps, MOST));
            }
          }
        }
      }
    }
    int rows = RandomGraphs.IMAGES * positions;
    assertThat(sums.positions()).as(what).isEqualTo(rows);
    for (int group = 0; group < products.length; group++) {
      assertThat(sums.products(group)).as(what).containsExactly(products[group]);
    }
    // A float sum may fall on the other side of half a step.
    assertThat(sums.cross()).as(what).containsExactly(cross, within(2 * rows * largest[0] + 1e-9));
  }

  /** [I / groups, taps] of a map [C, H, W]. */
  private static double[] window(
      Linear layer, FeatureShape in, int[] codes, int zero, int group, int position) {
    double[] x = new double[layer.filterSize()];
    if (!(layer instanceof Convolution convolution)) {
      Arrays.setAll(x, i -> codes[i] - zero);
      return x;
    }
    Window window = convolution.window();
    int width = window.outputWidth(in.width(), convolution.kernelWidth());
    int taps = convolution.kernelHeight() * convolution.kernelWidth();
    for (int i = 0; i < x.length; i++) {
      int channel = group * (x.length / taps) + i / taps;
      int row = i % taps / convolution.kernelWidth();
      int column = i % taps % convolution.kernelWidth();
      int top = position / width * window.strideHeight() - window.padTop();
      int left = position % width * window.strideWidth() - window.padLeft();
      int y = top + row * window.dilationHeight();
      int z = left + column * window.dilationWidth();
      if (y >= 0 && y < in.height() && z >= 0 && z < in.width()) {
        x[i] = codes[(channel * in.height() + y) * in.width() + z] - zero;
      }
    }
    return x;
  }

  @Test
  void howImagesAreSplitLeavesNoTrace() {
    for (long seed = 0; seed < CASES; seed++) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      for (Node node : random.graph().nodes()) {
        if (node.operator() instanceof Linear layer) {
          LayerSums whole = measure(random, node.name(), 3);
          same(layer, measure(random, node.name(), 1, 1, 1), whole);
          same(layer, measure(random, node.name(), 2, 1), whole);
          LayerSums empty = new LayerSums(layer);
          same(layer, empty.plus(whole), whole);
          assertThat(empty.positions()).isZero();
        }
      }
    }
  }

  private static void same(Linear layer, LayerSums sums, LayerSums expected) {
    assertThat(sums.positions()).isEqualTo(expected.positions());
    assertThat(sums.cross()).isEqualTo(expected.cross());
    assertThat(sums.outputs()).isEqualTo(expected.outputs());
    assertThat(sums.squares()).isEqualTo(expected.squares());
    assertThat(sums.images()).isEqualTo(expected.images());
    for (int group = 0; group < layer.groups(); group++) {
      assertThat(sums.products(group)).isEqualTo(expected.products(group));
      assertThat(sums.inputs(group)).isEqualTo(expected.inputs(group));
    }
  }

  @Test
  void outputsAreMultipliedByTheFactorsOfRescaling() {
    RandomGraphs.Case random = RandomGraphs.quantized(8);
    Node node = random.graph().node(random.network().layout().weights().get(0).name());
    IntegerNetwork integers = IntegerNetwork.of(random.network(), random.scales());
    double[] twice = new double[random.graph().shape(node.name()).channels()];
    Arrays.fill(twice, 2);
    LayerSums plain = measure(random, node.name(), RandomGraphs.IMAGES);
    FloatOrigin scaled = new FloatOrigin(random.graph(), Map.of(node.name(), twice));
    try (LayerProbe probe =
        new LayerProbe(engine, scaled, integers, node.name(), random.graph().input())) {
      probe.add(random.images(), random.images(), RandomGraphs.IMAGES);
      double rows = probe.sums().positions();
      for (int k = 0; k < twice.length; k++) {
        assertThat(probe.sums().outputs()[k]).isCloseTo(2 * plain.outputs()[k], within(2 * rows));
        assertThat(Math.abs(plain.outputs()[k])).isGreaterThan(10 * rows);
      }
    }
  }
}
