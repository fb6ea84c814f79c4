package dev.thresher.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession.SessionOptions.OptLevel;
import dev.thresher.calibrate.CalibratedNetwork;
import dev.thresher.calibrate.CalibrationStatistics;
import dev.thresher.engine.Engine;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.engine.TrainingPass;
import dev.thresher.engine.onednn.OneDnnEngine;
import dev.thresher.engine.reference.ReferenceEngine;
import dev.thresher.engine.testing.NaiveBackward;
import dev.thresher.engine.testing.NaiveFloat;
import dev.thresher.engine.testing.RandomGraphs;
import dev.thresher.fold.FoldedNetwork;
import dev.thresher.network.BatchNormalization;
import dev.thresher.network.Graph;
import dev.thresher.network.GraphCodec;
import dev.thresher.network.Node;
import dev.thresher.network.Operator;
import dev.thresher.network.onnx.OnnxGraphWriter;
import dev.thresher.quantize.Quantizer;
import dev.thresher.rescale.ChannelEqualizer;
import dev.thresher.rescale.ClampRule;
import dev.thresher.tensor.FeatureShape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What holds for every operator, whichever there are: found by reflection, so that a new one that
 * is left out of the random networks, or for which a law does not hold, fails here. On the same
 * networks, files run in LiteRT by {@code IntegerReferenceTest}.
 */
class OperatorLawsTest {
  /** Every test of random networks takes at least these seeds. */
  private static final int SEEDS = 60;

  /** Networks with an operator on which its laws are tried. */
  private static final int NETWORKS = 6;

  private static final double GRADIENT_TOLERANCE = 1e-3;

  /** The kinds that a folded network may have. */
  static Stream<Class<?>> kinds() {
    return leaves(Operator.class).filter(kind -> kind != BatchNormalization.class);
  }

  private static Stream<Class<?>> leaves(Class<?> type) {
    return type.isSealed()
        ? Arrays.stream(type.getPermittedSubclasses()).flatMap(OperatorLawsTest::leaves)
        : Stream.of(type);
  }

  private static boolean has(Graph graph, Class<?> kind) {
    return graph.nodes().stream().anyMatch(node -> kind.isInstance(node.operator()));
  }

  private static List<Long> seeds(Class<?> kind) {
    List<Long> seeds =
        LongStream.range(0, SEEDS)
            .filter(seed -> has(RandomGraphs.quantized(seed).graph(), kind))
            .boxed()
            .toList();
    assertThat(seeds)
        .as("random networks with %s; let RandomGraphs make some", kind)
        .hasSizeGreaterThanOrEqualTo(NETWORKS);
    return seeds.subList(0, NETWORKS);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void survivesTheCodec(Class<?> kind) {
    for (long seed : seeds(kind)) {
      Graph graph = RandomGraphs.quantized(seed).graph();
      byte[] bytes = GraphCodec.encode(graph);
      assertThat(GraphCodec.decode(bytes).nodes()).isEqualTo(graph.nodes());
      assertThat(GraphCodec.encode(GraphCodec.decode(bytes))).isEqualTo(bytes);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void isOfOneNameThatNoOtherHas(Class<?> kind) {
    Map<String, Class<?>> names = new TreeMap<>();
    for (long seed = 0; seed < SEEDS; seed++) {
      for (Node node : RandomGraphs.quantized(seed).graph().nodes()) {
        Class<?> same = names.putIfAbsent(node.operator().kind(), node.operator().getClass());
        assertThat(same).isIn(null, node.operator().getClass());
      }
    }
    assertThat(names).containsValue(kind);
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void isComputedAlikeByBothEngines(Class<?> kind) {
    for (long seed : seeds(kind)) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      assertThat(codes(new OneDnnEngine(), random))
          .as("seed %d", seed)
          .containsExactlyEntriesOf(codes(new ReferenceEngine(), random));
    }
  }

  private static Map<String, List<Byte>> codes(Engine engine, RandomGraphs.Case random) {
    IntegerNetwork network = IntegerNetwork.of(random.network(), random.scales());
    Map<String, List<Byte>> all = new LinkedHashMap<>();
    try (QuantizedPass pass = engine.quantizedPass(network, RandomGraphs.IMAGES)) {
      pass.observe(
          random.images(),
          RandomGraphs.IMAGES,
          (image, tensor, codes, grid) -> {
            List<Byte> list = new ArrayList<>();
            for (byte code : codes) {
              list.add(code);
            }
            all.put(image + " " + tensor, list);
          });
    }
    return all;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void hasTheSlopesOfItsDefinition(Class<?> kind) {
    for (long seed : seeds(kind)) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      int classes = random.graph().classes();
      int count = RandomGraphs.IMAGES;
      float[] g = RandomGraphs.gaussians(new Random(seed), count * classes, 1);
      List<float[]> images = new ArrayList<>();
      List<float[]> gradients = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        images.add(random.image(i));
        gradients.add(Arrays.copyOfRange(g, i * classes, (i + 1) * classes));
      }
      float[] exact = NaiveBackward.gradient(random.network(), random.scales(), images, gradients);
      float[] given = new float[exact.length];
      try (TrainingPass pass = new ReferenceEngine().trainingPass(random.network(), count)) {
        pass.forward(random.scales(), random.images(), count, new float[g.length]);
        pass.backward(g, given);
      }
      double length = 1e-20;
      double difference = 0;
      for (int i = 0; i < exact.length; i++) {
        length += Math.pow(exact[i], 2);
        difference += Math.pow((double) exact[i] - given[i], 2);
      }
      assertThat(Math.sqrt(difference / length)).as("seed %d", seed).isLessThan(GRADIENT_TOLERANCE);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void keepsLogitsWhenRescaled(Class<?> kind) {
    for (long seed : seeds(kind)) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      Graph graph = random.graph();
      CalibrationStatistics statistics = new CalibrationStatistics(graph);
      try (FloatPass pass = new ReferenceEngine().floatPass(graph, RandomGraphs.IMAGES)) {
        statistics.add(graph, pass, random.images(), RandomGraphs.IMAGES);
      }
      CalibratedNetwork calibrated =
          new CalibratedNetwork(new FoldedNetwork("n", graph, ""), statistics);
      Graph rescaled =
          ChannelEqualizer.equalize(calibrated, 50, ClampRule.KEEP, random.network().spec())
              .folded()
              .graph();
      for (int i = 0; i < RandomGraphs.IMAGES; i++) {
        double[] expected = NaiveFloat.logits(graph, random.image(i));
        double[] actual = NaiveFloat.logits(rescaled, random.image(i));
        double range = Arrays.stream(expected).map(Math::abs).max().orElse(0) + 0.1;
        for (int k = 0; k < expected.length; k++) {
          assertThat(actual[k]).as("seed %d", seed).isCloseTo(expected[k], within(range / 256));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void isWhatOnnxRuntimeComputes(Class<?> kind) throws OrtException {
    for (long seed : seeds(kind)) {
      RandomGraphs.Case random = RandomGraphs.quantized(seed);
      QuantizedModel model = Exports.model(random);
      assertThat(QuantizedModelReader.read(QuantizedModelWriter.write(model))).isEqualTo(model);
      byte[] integers = OnnxQdqWriter.write(model);
      byte[] floats = OnnxGraphWriter.write(random.graph(), "n", "0", new TreeMap<>());
      FeatureShape shape = random.graph().inputShape();
      long[] extents = {1, shape.channels(), shape.height(), shape.width()};
      FileIntegers oracle = new FileIntegers(model);
      Quantizer grid = model.tensorsByName().get(model.output()).quantizer();
      try (OnnxRuntimeModel quantized = new OnnxRuntimeModel(integers, OptLevel.ALL_OPT);
          OnnxRuntimeModel real = new OnnxRuntimeModel(floats, OptLevel.ALL_OPT)) {
        for (int i = 0; i < RandomGraphs.IMAGES; i++) {
          float[] image = Exports.channelsFirst(random.image(i), shape);
          int[] wanted = oracle.logits(image);
          float[] given = quantized.logits(image, extents)[0];
          double[] expected = NaiveFloat.logits(random.graph(), random.image(i));
          float[] actual = real.logits(image, extents)[0];
          for (int k = 0; k < wanted.length; k++) {
            int code = Math.round(given[k] / grid.scale()) + grid.zeroPoint();
            assertThat(Math.abs(code - wanted[k])).as("seed %d, logit %d", seed, k).isLessThan(2);
            assertThat((double) actual[k]).isCloseTo(expected[k], within(1e-4));
          }
        }
      }
    }
  }
}
