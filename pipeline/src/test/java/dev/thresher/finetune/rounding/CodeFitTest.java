package dev.thresher.finetune.rounding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thresher.calibrate.FloatOrigin;
import dev.thresher.engine.Engine;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.IntegerWeights;
import dev.thresher.engine.Rounding;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.reference.ReferenceEngine;
import dev.thresher.engine.testing.NaiveFloat;
import dev.thresher.engine.testing.NaiveInteger;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.network.Graph;
import dev.thresher.network.Linear;
import dev.thresher.network.Node;
import dev.thresher.tensor.Tensor;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CodeFitTest {
  private static final int CASES = 60;

  private final Engine engine = new ReferenceEngine();

  private LayerSums sums(RandomGraphs.Case random, IntegerNetwork integers, String node) {
    FloatOrigin origin = FloatOrigin.unscaled(random.graph());
    try (LayerProbe probe =
        new LayerProbe(engine, origin, integers, node, random.graph().input())) {
      probe.add(random.images(), random.images(), RandomGraphs.IMAGES);
      return probe.sums();
    }
  }

  /** Mean square distance of a filter's sums, means taken out, on the images that were measured. */
  private static double variance(RandomGraphs.Case random, IntegerNetwork integers, Node node) {
    double all = 0;
    int positions = random.graph().shape(node.name()).positions();
    int filters = random.graph().shape(node.name()).channels();
    double scale = integers.quantizer(node.name()).scale();
    for (int k = 0; k < filters; k++) {
      double sum = 0;
      double squares = 0;
      for (int image = 0; image < RandomGraphs.IMAGES; image++) {
        float[] given = NaiveInteger.run(integers, random.image(image)).get(node.name()).steps();
        double[] wanted =
            NaiveFloat.beforeActivation(random.graph(), random.image(image)).get(node.name());
        for (int position = 0; position < positions; position++) {
          int at = k * positions + position;
          double error = given[at] * scale - wanted[at];
          sum += error;
          squares += error * error;
        }
      }
      double n = positions * RandomGraphs.IMAGES;
      all += squares / n - sum / n * (sum / n);
    }
    return all;
  }

  @Test
  void everyLayerComesCloserToTheFloatNetworkAndNoWeightMovesFar() {
    int closer = 0;
    int layers = 0;
    for (long seed = 0; seed < CASES; seed++) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      IntegerNetwork nearest = IntegerNetwork.of(random.network(), random.scales());
      for (Node node : random.graph().nodes()) {
        if (!(node.operator() instanceof Linear layer)
            || random.graph().shape(node.name()).positions() > 120) {
          continue;
        }
        Rounding.Layer fitted =
            CodeFit.fit(nearest, node.name(), sums(random, nearest, node.name()));
        IntegerNetwork moved =
            IntegerNetwork.of(
                random.network(), random.scales(), Rounding.NEAREST.with(node.name(), fitted));
        checkDistances(nearest, moved, node.name(), layer);
        double before = variance(random, nearest, node);
        double after = variance(random, moved, node);
        // The ridge may hold back what would gain next to nothing; steps of y have a width.
        assertThat(after).as("seed %d, %s", seed, node.name()).isLessThan(1.05 * before + 1e-6);
        closer += after < 0.9 * before ? 1 : 0;
        layers++;
      }
    }
    assertThat(closer).isGreaterThan(layers / 8);
  }

  private static void checkDistances(
      IntegerNetwork nearest, IntegerNetwork moved, String name, Linear layer) {
    float[] weights = layer.weights().values();
    nearest.multiply(name, weights, weights);
    byte[] before = nearest.weights(name).codes();
    byte[] after = moved.weights(name).codes();
    for (int i = 0; i < weights.length; i++) {
      double step = nearest.steps(name).weightScales()[i / layer.filterSize()];
      double most = Math.max(step, Math.abs(before[i] * step - weights[i]));
      assertThat(Math.abs(after[i] * step - weights[i])).isLessThanOrEqualTo(most * (1 + 1e-6));
    }
  }

  @Test
  void aFilterWithoutAWeightIsLeftAlone() {
    RandomGraphs.Case random = RandomGraphs.quantized(0);
    Node node = random.graph().node(random.network().layout().weights().get(0).name());
    Linear layer = (Linear) node.operator();
    float[] values = layer.weights().values();
    Arrays.fill(values, 0, layer.filterSize(), 0);
    Tensor weights = Tensor.of(values, layer.weights().shape());
    Node removed = node.withOperator(layer.with(weights, layer.bias()));
    Graph graph = random.graph().with(Map.of(node.name(), removed));
    ThresholdedNetwork network =
        new ThresholdedNetwork(graph, random.network().spec(), random.network().ranges(), Map.of());
    IntegerNetwork nearest = IntegerNetwork.of(network, random.scales());
    Rounding.Layer fitted = CodeFit.fit(nearest, node.name(), sums(random, nearest, node.name()));
    for (int i = 0; i < layer.filterSize(); i++) {
      assertThat(fitted.moves()[i]).isZero();
    }
    assertThat(fitted.bias()[0]).isEqualTo(layer.bias().get(0));
  }

  @Test
  void biasesTakeUpEveryMean() {
    for (long seed = 0; seed < CASES; seed++) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      IntegerNetwork nearest = IntegerNetwork.of(random.network(), random.scales());
      Node node = random.graph().node(random.network().layout().weights().get(0).name());
      LayerSums sums = sums(random, nearest, node.name());
      IntegerNetwork moved =
          IntegerNetwork.of(
              random.network(),
              random.scales(),
              Rounding.NEAREST.with(node.name(), CodeFit.fit(nearest, node.name(), sums)));
      IntegerWeights integers = moved.weights(node.name());
      Linear layer = (Linear) node.operator();
      double input = moved.quantizer(node.inputs().get(0)).scale();
      double output = (double) moved.quantizer(node.name()).scale() / LayerSums.FRACTION;
      for (int k = 0; k < layer.filters(); k++) {
        double given = (double) integers.bias()[k] * sums.positions();
        int group = k / (layer.filters() / layer.groups());
        for (int i = 0; i < layer.filterSize(); i++) {
          given += integers.codes()[k * layer.filterSize() + i] * sums.inputs(group)[i];
        }
        double step = input * integers.scales()[k];
        assertThat(given * step / sums.positions())
            .as("seed %d, filter %d", seed, k)
            .isCloseTo(sums.outputs()[k] * output / sums.positions(), within(0.51 * step + 1e-5));
      }
    }
  }
}
