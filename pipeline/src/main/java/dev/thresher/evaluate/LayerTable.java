package dev.thresher.evaluate;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.IntegerWeights;
import dev.thresher.engine.Rounding;
import dev.thresher.engine.ScaleLayout;
import dev.thresher.engine.ScaleLayout.Block;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.evaluate.LayerRow.ActivationFigures;
import dev.thresher.evaluate.LayerRow.Spread;
import dev.thresher.evaluate.LayerRow.StudyFigures;
import dev.thresher.evaluate.LayerRow.WeightFigures;
import dev.thresher.network.Graph;
import dev.thresher.network.Linear;
import dev.thresher.network.Node;
import dev.thresher.quantize.Quantizer;
import dev.thresher.quantize.Range;
import dev.thresher.quantize.ScaleLimits;
import dev.thresher.tensor.FeatureShape;
import java.util.ArrayList;
import java.util.DoubleSummaryStatistics;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/** Computes the figures of every layer; cost is one pass over the weights. */
public final class LayerTable {
  private final ThresholdedNetwork network;
  private final IntegerNetwork integers;
  private final float[] scales;
  private final Map<String, Block> weightBlocks = new HashMap<>();
  private final Map<String, Block> activationBlocks = new HashMap<>();

  private LayerTable(IntegerNetwork integers) {
    this.network = integers.network();
    this.scales = integers.scales();
    this.integers = integers;
    network.layout().weights().forEach(block -> weightBlocks.put(block.name(), block));
    network.layout().activations().forEach(block -> activationBlocks.put(block.name(), block));
  }

  /**
   * One row for the input and for every node but Flatten, in the order of execution.
   *
   * @param integers of the result
   * @param study what a few images tell of the layers, or of none
   */
  public static List<LayerRow> of(IntegerNetwork integers, LayerStudy study) {
    LayerTable table = new LayerTable(integers);
    List<LayerRow> rows = new ArrayList<>();
    for (String tensor : ScaleLayout.quantizedTensors(integers.graph())) {
      rows.add(table.row(rows.size(), tensor, study));
    }
    return rows;
  }

  private LayerRow row(int index, String tensor, LayerStudy study) {
    Graph graph = network.graph();
    FeatureShape shape = graph.shape(tensor);
    StudyFigures studied = studied(tensor, study);
    Quantizer grid = integers.quantizer(tensor);
    if (tensor.equals(graph.input())) {
      ActivationFigures activation = activation(tensor, grid.qmin(), grid.qmax());
      return new LayerRow(index, tensor, "input", Optional.empty(), activation, shape, studied);
    }
    Node node = graph.node(tensor);
    ActivationFigures activation = activation(tensor, integers.lower(node), integers.upper(node));
    return new LayerRow(
        index, tensor, node.operator().label(), weights(node), activation, shape, studied);
  }

  private static StudyFigures studied(String tensor, LayerStudy study) {
    OptionalDouble allBut = decibels(study.allBut(), tensor);
    return new StudyFigures(
        study.images(),
        decibels(study.own(), tensor),
        decibels(study.only(), tensor),
        allBut,
        gain(allBut, study.whole().decibels()));
  }

  /** None where the network is exact already. */
  private static OptionalDouble gain(OptionalDouble allBut, OptionalDouble whole) {
    boolean known = allBut.isPresent() && whole.isPresent() && Double.isFinite(whole.getAsDouble());
    return known
        ? OptionalDouble.of(allBut.getAsDouble() - whole.getAsDouble())
        : OptionalDouble.empty();
  }

  private static OptionalDouble decibels(Map<String, SignalToNoise> errors, String tensor) {
    return errors.containsKey(tensor) ? errors.get(tensor).decibels() : OptionalDouble.empty();
  }

  private ActivationFigures activation(String tensor, int lower, int upper) {
    Block block = activationBlocks.get(tensor);
    float[] clamped = scales.clone();
    network.activationThreshold(tensor).clamp(clamped, block.offset());
    boolean shifts = block.count() == 2;
    Range range = network.ranges().get(tensor);
    Quantizer grid = integers.quantizer(tensor);
    return new ActivationFigures(
        range.min(),
        range.max(),
        clamped[block.offset() + block.count() - 1],
        shifts ? OptionalDouble.of(clamped[block.offset()]) : OptionalDouble.empty(),
        grid.scale(),
        grid.zeroPoint(),
        lower,
        upper);
  }

  private Optional<WeightFigures> weights(Node node) {
    return node.linear().map(weighted -> weights(node, weighted));
  }

  private WeightFigures weights(Node node, Linear weighted) {
    Block block = weightBlocks.get(node.name());
    ScaleLimits limits = network.spec().limits();
    float[] steps = integers.steps(node.name()).weightScales();
    IntToDoubleFunction alpha = k -> limits.clampScale(scales[block.offset() + k]);
    return new WeightFigures(
        weighted.filters(),
        weighted.weights().size(),
        (long) weighted.weights().size() * network.graph().shape(node.name()).positions(),
        spread(block.count(), k -> network.weightThreshold(node.name(), k).threshold()),
        spread(block.count(), alpha),
        spread(steps.length, k -> steps[k]),
        count(block.count(), k -> alpha.applyAsDouble(k) - limits.low()),
        count(block.count(), k -> limits.high() - alpha.applyAsDouble(k)),
        integers.rounding().layer(node.name()).map(Rounding.Layer::moved).orElse(0),
        noise(weighted, integers.weights(node.name())));
  }

  private static Spread spread(int count, IntToDoubleFunction value) {
    DoubleSummaryStatistics all = IntStream.range(0, count).mapToDouble(value).summaryStatistics();
    return new Spread(all.getMin(), all.getAverage(), all.getMax());
  }

  /** Distances from a limit that are none but for float rounding. */
  private static int count(int count, IntToDoubleFunction distance) {
    double none = 1e-6;
    return (int) IntStream.range(0, count).filter(k -> distance.applyAsDouble(k) < none).count();
  }

  private static SignalToNoise noise(Linear weighted, IntegerWeights integers) {
    byte[] codes = integers.codes();
    float[] scales = integers.scales();
    int each = weighted.filterSize();
    double signal = 0;
    double noise = 0;
    for (int i = 0; i < weighted.weights().size(); i++) {
      double w = weighted.weights().get(i);
      double error = w - (double) codes[i] * scales[i / each];
      signal += w * w;
      noise += error * error;
    }
    return new SignalToNoise(signal, noise);
  }
}
