package dev.thresher.engine;

import dev.thresher.engine.ScaleLayout.Block;
import dev.thresher.network.Graph;
import dev.thresher.network.Linear;
import dev.thresher.network.Node;
import dev.thresher.quantize.ActivationThreshold;
import dev.thresher.quantize.ActivationThreshold.Sign;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.Range;
import dev.thresher.quantize.WeightThreshold;
import dev.thresher.tensor.Tensor;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * A folded network with a base threshold on every weight and activation tensor: what an engine
 * quantizes, and for which a vector of threshold scales is trained. Immutable.
 */
public final class ThresholdedNetwork {
  private final Graph graph;
  private final QuantizationSpec spec;
  private final Sign inputSign;
  private final Map<String, Range> ranges;
  private final Map<String, float[]> inputMeans = new TreeMap<>();
  private final ScaleLayout layout;
  private final Map<String, WeightThreshold[]> weightThresholds = new HashMap<>();
  private final Map<String, ActivationThreshold> activationThresholds = new LinkedHashMap<>();

  /**
   * Derives the weight thresholds, max |w|, and takes the activations' from calibration.
   *
   * @param graph without batch normalization
   * @param spec integers wanted
   * @param ranges calibrated interval of the input and of every node's output that has a grid of
   *     its own
   * @throws IllegalArgumentException for a batch normalization or a tensor without a range
   */
  public ThresholdedNetwork(Graph graph, QuantizationSpec spec, Map<String, Range> ranges) {
    this(graph, spec, ranges, Map.of());
  }

  /**
   * The same, whose biases take up what rounding the weights adds on average.
   *
   * @param inputMeans by weighted node, the mean input that each weight of a filter meets, padding
   *     included, [groups, I / groups, taps]; nodes that are missing keep their bias
   * @throws IllegalArgumentException also for means of another number or that are not finite
   */
  public ThresholdedNetwork(
      Graph graph,
      QuantizationSpec spec,
      Map<String, Range> ranges,
      Map<String, float[]> inputMeans) {
    this(graph, spec, ranges, inputMeans, Sign.SIGNED);
  }

  private ThresholdedNetwork(
      Graph graph,
      QuantizationSpec spec,
      Map<String, Range> ranges,
      Map<String, float[]> inputMeans,
      Sign inputSign) {
    this.graph = graph;
    this.spec = spec;
    this.inputSign = inputSign;
    this.ranges = Map.copyOf(ranges);
    this.layout = new ScaleLayout(graph, spec);
    graph.requireFolded("quantize");
    for (Block block : layout.weights()) {
      Tensor weights = graph.node(block.name()).weighted().weights();
      weightThresholds.put(block.name(), weightThresholds(weights, block.count()));
    }
    for (Block block : layout.activations()) {
      Range range = ranges.get(block.name());
      if (range == null) {
        throw new IllegalArgumentException(
            "Cannot quantize " + block.name() + ": calibration gave no range for it.");
      }
      activationThresholds.put(
          block.name(), ActivationThreshold.of(spec, range, sign(block.name())));
    }
    inputMeans.forEach(this::addInputMeans);
  }

  private void addInputMeans(String name, float[] means) {
    Linear weighted = graph.node(name).weighted();
    int wanted = weighted.groups() * weighted.filterSize();
    boolean finite = true;
    for (float mean : means) {
      finite &= Float.isFinite(mean);
    }
    if (means.length != wanted || !finite) {
      throw new IllegalArgumentException(
          "Cannot correct the biases of " + name + ": " + wanted + " finite means are needed.");
    }
    inputMeans.put(name, means.clone());
  }

  private WeightThreshold[] weightThresholds(Tensor weights, int count) {
    int each = weights.size() / count;
    WeightThreshold[] thresholds = new WeightThreshold[count];
    for (int k = 0; k < count; k++) {
      float max = 0;
      for (int i = k * each; i < (k + 1) * each; i++) {
        max = Math.max(max, Math.abs(weights.get(i)));
      }
      thresholds[k] = new WeightThreshold(spec, max);
    }
    return thresholds;
  }

  /** Whether the graph lets a tensor be negative. */
  public Sign sign(String tensor) {
    if (tensor.equals(graph.input())) {
      return inputSign;
    }
    Node node = graph.node(tensor);
    if (node.activation().lower() >= 0) {
      return Sign.NON_NEGATIVE;
    }
    BooleanSupplier inputsAre =
        () -> node.inputs().stream().allMatch(in -> sign(in) == Sign.NON_NEGATIVE);
    return node.operator().isNonNegative(inputsAre) ? Sign.NON_NEGATIVE : Sign.SIGNED;
  }

  /** The part that computes one tensor from another, with the thresholds of the whole. */
  ThresholdedNetwork between(String from, String to) {
    Graph part = graph.between(from, to);
    Map<String, float[]> means = new HashMap<>(inputMeans);
    means.keySet().retainAll(part.shapes().keySet());
    means.remove(from);
    return new ThresholdedNetwork(part, spec, ranges, means, sign(from));
  }

  /** The folded graph. */
  public Graph graph() {
    return graph;
  }

  /** The integers wanted. */
  public QuantizationSpec spec() {
    return spec;
  }

  /** Calibrated ranges by tensor. */
  public Map<String, Range> ranges() {
    return ranges;
  }

  /** By node, the mean input that each weight of a filter meets; a node without keeps its bias. */
  public Map<String, float[]> inputMeans() {
    Map<String, float[]> copies = new TreeMap<>();
    inputMeans.forEach((node, means) -> copies.put(node, means.clone()));
    return copies;
  }

  /** The mean inputs of a node, not a copy; null where its biases stay as they are. */
  float[] ownInputMeans(String node) {
    return inputMeans.get(node);
  }

  /** Where the input means of a filter begin among those of its node. */
  public int inputMeansAt(String node, int filter) {
    Linear weighted = graph.node(node).weighted();
    return filter / (weighted.filters() / weighted.groups()) * weighted.filterSize();
  }

  /** The mean inputs of a node, where its biases take up what rounding its weights adds. */
  public Optional<float[]> inputMeans(String node) {
    return Optional.ofNullable(inputMeans.get(node)).map(float[]::clone);
  }

  /** Where each trained scale stands. */
  public ScaleLayout layout() {
    return layout;
  }

  /** Base thresholds of a node's weights: one per filter, or a single one. */
  public WeightThreshold weightThreshold(String node, int filter) {
    WeightThreshold[] thresholds = weightThresholds.get(node);
    return thresholds[thresholds.length == 1 ? 0 : filter];
  }

  /** Base threshold of an activation; operators that keep grids share their input's. */
  public ActivationThreshold activationThreshold(String tensor) {
    return activationThresholds.get(quantizedTensor(tensor));
  }

  /** The tensor whose grid a tensor uses: itself, or what operators that keep grids read. */
  public String quantizedTensor(String tensor) {
    return graph.gridOf(tensor);
  }

  /** The scales that training starts from: thresholds as calibrated. */
  public float[] initialScales() {
    float[] scales = new float[layout.size()];
    java.util.Arrays.fill(scales, 1f);
    for (Block block : layout.activations()) {
      activationThresholds.get(block.name()).initialScales(scales, block.offset());
    }
    return scales;
  }

  /** Moves every scale to the nearest within its limits. */
  public void clamp(float[] scales) {
    int firstActivation = layout.activations().get(0).offset();
    for (int i = 0; i < firstActivation; i++) {
      scales[i] = (float) spec.limits().clampScale(scales[i]);
    }
    for (Block block : layout.activations()) {
      activationThresholds.get(block.name()).clamp(scales, block.offset());
    }
    for (Block block : layout.multipliers()) {
      for (int i = block.offset(); i < block.offset() + block.count(); i++) {
        scales[i] = spec.multipliers().clamp(scales[i]);
      }
    }
  }
}
