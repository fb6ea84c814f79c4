package dev.thresher.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.thresher.engine.Engine;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.ScaleLayout;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.reference.ReferenceEngine;
import dev.thresher.engine.testing.NaiveFloat;
import dev.thresher.engine.testing.NaiveInteger;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.network.Node;
import dev.thresher.quantize.QuantizationSpec;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LayerStudiesTest {
  private final Engine engine = new ReferenceEngine();

  private static IntegerNetwork untrained(ThresholdedNetwork network) {
    return IntegerNetwork.of(network, network.initialScales());
  }

  private static float[] image(RandomGraphs.Case random) {
    return random.image(0);
  }

  /** Runs layer by layer in one precision. */
  private float[] logits(IntegerNetwork integers, float[] image, Precision precision) {
    Map<String, float[]> tensors = new HashMap<>();
    try (MixedNetwork mixed = new MixedNetwork(engine, integers.graph(), integers)) {
      tensors.put(integers.graph().input(), mixed.input(image, precision));
      for (Node node : integers.graph().nodes()) {
        List<float[]> inputs = node.inputs().stream().map(tensors::get).toList();
        tensors.put(node.name(), mixed.compute(node, inputs, precision));
      }
    }
    return tensors.get(integers.graph().output());
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void quantizingNothingIsTheFloatNetworkAndEverythingTheIntegerOne(long seed) {
    RandomGraphs.Case random = RandomGraphs.quantized(seed);
    IntegerNetwork integers = IntegerNetwork.of(random.network(), random.scales());
    float[] floats = logits(integers, image(random), Precision.FLOAT);
    double[] wanted = NaiveFloat.logits(random.graph(), image(random));
    for (int i = 0; i < floats.length; i++) {
      assertThat((double) floats[i])
          .isCloseTo(wanted[i], within(1e-4 + 1e-4 * Math.abs(wanted[i])));
    }
    // A float sum may round a value to the next step, which later layers see; seldom and little.
    float[] fake = logits(integers, image(random), Precision.QUANTIZED);
    float[] given = NaiveInteger.logits(integers, image(random));
    double step = integers.quantizer(random.graph().output()).scale();
    for (int i = 0; i < given.length; i++) {
      assertThat((double) fake[i]).isCloseTo(given[i], within(1.01 * step));
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void aStudyNamesEveryLayerAndItsWholeIsTheSumOfWhatQuantizingDoes(long seed) {
    RandomGraphs.Case random = RandomGraphs.quantized(seed);
    IntegerNetwork integers = IntegerNetwork.of(random.network(), random.scales());
    LayerStudy study;
    try (LayerStudies studies = new LayerStudies(engine, integers.graph(), integers)) {
      study = studies.of(image(random)).plus(studies.of(random.image(1)));
    }
    List<String> layers = ScaleLayout.quantizedTensors(random.graph());
    assertThat(study.images()).isEqualTo(2);
    assertThat(study.own().keySet()).containsExactlyElementsOf(layers);
    assertThat(study.only().keySet()).containsExactlyElementsOf(layers);
    assertThat(study.allBut().keySet()).containsExactlyElementsOf(layers);
    assertThat(study.values().keySet()).containsExactlyElementsOf(layers);
    // The last layer's own error is the whole network's.
    assertThat(study.own().get(random.graph().output())).isEqualTo(study.whole());
    long values = study.values().get("input").bins().stream().mapToLong(b -> b.count()).sum();
    assertThat(values).isEqualTo(2L * random.graph().inputShape().size());
  }

  /** By the definition: one layer by hand, everything else as it was. */
  @Test
  void onlyTheInputIsTheFloatNetworkOnQuantizedPixels() {
    RandomGraphs.Case random = RandomGraphs.quantized(5);
    IntegerNetwork integers = untrained(random.network());
    float[] rounded = image(random);
    for (int i = 0; i < rounded.length; i++) {
      var grid = integers.quantizer("input");
      rounded[i] = grid.dequantize(grid.quantize(rounded[i]));
    }
    double[] wanted = NaiveFloat.logits(random.graph(), image(random));
    double[] given = NaiveFloat.logits(random.graph(), rounded);
    double noise = 0;
    for (int i = 0; i < wanted.length; i++) {
      noise += (wanted[i] - given[i]) * (wanted[i] - given[i]);
    }
    try (LayerStudies studies = new LayerStudies(engine, integers.graph(), integers)) {
      assertThat(studies.of(image(random)).only().get("input").noise())
          .isCloseTo(noise, within(1e-4 * noise + 1e-9));
    }
  }

  /** Fewer bits hurt more, in every layer; and all layers hurt more than one. */
  @Test
  void errorsGrowWithCoarserGrids() {
    int worse = 0;
    int layers = 0;
    for (long seed = 20; seed < 26; seed++) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      LayerStudy fine = study(random, 8);
      LayerStudy coarse = study(random, 3);
      for (String layer : fine.only().keySet()) {
        layers++;
        worse += coarse.only().get(layer).noise() > fine.only().get(layer).noise() ? 1 : 0;
      }
      assertThat(coarse.whole().noise()).as("seed %d", seed).isGreaterThan(fine.whole().noise());
    }
    assertThat(worse).isGreaterThan(layers * 4 / 5);
  }

  private LayerStudy study(RandomGraphs.Case random, int bits) {
    QuantizationSpec old = random.network().spec();
    QuantizationSpec spec =
        new QuantizationSpec(old.granularity(), old.scheme(), bits, bits, old.limits());
    Map<String, dev.thresher.quantize.Range> ranges =
        RandomGraphs.ranges(random.graph(), random.images(), 1);
    ThresholdedNetwork network = new ThresholdedNetwork(random.graph(), spec, ranges);
    try (LayerStudies studies = new LayerStudies(engine, network.graph(), untrained(network))) {
      return studies.of(image(random));
    }
  }
}
