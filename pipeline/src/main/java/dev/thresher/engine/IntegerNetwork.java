package dev.thresher.engine;

import dev.thresher.engine.ScaleLayout.Block;
import dev.thresher.network.Activation;
import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import dev.thresher.network.Operator.Weighted;
import dev.thresher.quantize.Quantizer;
import dev.thresher.quantize.WeightThreshold;
import dev.thresher.tensor.Tensor;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A network of integers: what the quantized forward pass of every engine computes, and what is
 * exported. For a weighted node with filters k, input grid x and output grid y:
 *
 * <pre>
 *   acc_k = sum (x_q - x.zeroPoint) w_q[k] + b_q[k]                            (exact, int32)
 *   y_q   = clip(rint((float) acc_k * multiplier_k) + y.zeroPoint, lower, upper)
 *   multiplier_k = x.scale * weightScale_k / y.scale                           (float32, left to right)
 * </pre>
 *
 * and for the other operators, with integers re-centred by their zero points:
 *
 * <pre>
 *   Add                y_q = clip(rint(a * (float) (a.scale / y.scale) + b * (float) (b.scale / y.scale)) + z)
 *   GlobalAveragePool  y_q = clip(rint((float) (sum a) * (float) (a.scale / (y.scale * H * W))) + z)
 *   PassThrough        y_q = clip(rint(a * (float) (a.scale / y.scale)) + z)
 *   input              x_q = clip(rint(x / x.scale) + z)
 * </pre>
 *
 * Where the network knows the mean inputs x of its weights, b_q[k] is that of {@code b[k] - sum
 * (w_q[k] weightScale_k - w[k]) x}: rounding moves no mean, whatever the scales. Where a {@link
 * Rounding} chose the integers of a node, w_q is the nearest integer and its move, b the bias that
 * was chosen with it.
 *
 * <p>Multipliers are computed in single precision, product first, because ONNX Runtime does so: one
 * unit in the last place more or less moves a few roundings in a million, and these grow from layer
 * to layer. Scale ratios are computed in double and rounded once to float; products and sums of
 * floats are single precision, unfused; rint is half to even. {@code lower} and {@code upper} are
 * the grid's ends tightened to the activation's bounds. Source: method, section 4.
 */
public final class IntegerNetwork {
  /** Bias codes stay within 2^30 so that an accumulator cannot overflow. */
  private static final double BIAS_LIMIT = 1 << 30;

  /**
   * The integers of one weighted node.
   *
   * @param weights [O, ...] as the operator's weights, each in [-(2^(n-1)-1), 2^(n-1)-1]
   * @param weightScales real value of a weight step, per filter (equal in per-tensor mode)
   * @param bias per filter, in steps of input scale times weight scale
   * @param multipliers accumulator steps to output steps, per filter
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Weights(byte[] weights, float[] weightScales, int[] bias, float[] multipliers) {}

  /**
   * The arithmetic around the weights of one node: {@link Weights} without the weights.
   *
   * @param weightScales real value of a weight step, per filter (equal in per-tensor mode)
   * @param bias per filter, in steps of input scale times weight scale
   * @param multipliers accumulator steps to output steps, per filter
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Steps(float[] weightScales, int[] bias, float[] multipliers) {}

  private final ThresholdedNetwork network;
  private final Map<String, Quantizer> quantizers = new LinkedHashMap<>();
  private final Map<String, Steps> steps = new LinkedHashMap<>();
  private final Map<String, Weights> weights = new ConcurrentHashMap<>();
  private final Map<String, Block> multipliers = new LinkedHashMap<>();
  private final float[] scales;
  private final Rounding rounding;

  /**
   * Fixes every grid by the scales given; weights are quantized when they are first asked for, at
   * the cost of one pass over them, each to its nearest integer.
   *
   * @param network thresholds
   * @param scales trained vector in the order of {@link ScaleLayout}
   * @throws IllegalArgumentException for a vector of another length or one that is not finite
   */
  public static IntegerNetwork of(ThresholdedNetwork network, float[] scales) {
    return of(network, scales, Rounding.NEAREST);
  }

  /**
   * The same, with integers beside the nearest.
   *
   * @param rounding of these weights by these scales; that of nodes the network lacks is ignored
   * @throws IllegalArgumentException also for a rounding of another number of weights
   */
  public static IntegerNetwork of(ThresholdedNetwork network, float[] scales, Rounding rounding) {
    return new IntegerNetwork(network, scales, rounding);
  }

  private IntegerNetwork(ThresholdedNetwork network, float[] scales, Rounding rounding) {
    this.network = network;
    checkScales(network.layout(), scales);
    this.scales = scales.clone();
    this.rounding = rounding;
    network.layout().multipliers().forEach(block -> multipliers.put(block.name(), block));
    for (Block block : network.layout().activations()) {
      quantizers.put(
          block.name(),
          network.activationThreshold(block.name()).quantizer(scales, block.offset()));
    }
    for (Block block : network.layout().weights()) {
      Node node = network.graph().node(block.name());
      rounding.layer(node.name()).ifPresent(layer -> checkRounding(node, layer));
      steps.put(node.name(), steps(node, block, scales));
    }
  }

  private static void checkRounding(Node node, Rounding.Layer layer) {
    Weighted weighted = (Weighted) node.operator();
    if (layer.moves().length != weighted.weights().size()
        || layer.bias().length != weighted.filters()) {
      throw new IllegalArgumentException(
          "Cannot round %s, %d weights of %d filters, by moves of %d weights of %d filters."
              .formatted(
                  node.name(),
                  weighted.weights().size(),
                  weighted.filters(),
                  layer.moves().length,
                  layer.bias().length));
    }
  }

  static void checkScales(ScaleLayout layout, float[] scales) {
    if (scales.length != layout.size()) {
      throw new IllegalArgumentException(
          "Cannot quantize with "
              + scales.length
              + " threshold scales: the network has "
              + layout.size()
              + ".");
    }
    for (int i = 0; i < scales.length; i++) {
      if (!Float.isFinite(scales[i])) {
        throw new IllegalArgumentException(
            "Cannot quantize: threshold scale " + i + " is " + scales[i] + ".");
      }
    }
  }

  private Steps steps(Node node, Block block, float[] scales) {
    Weighted weighted = (Weighted) node.operator();
    int filters = weighted.filters();
    float inputScale = quantizer(node.inputs().get(0)).scale();
    float outputScale = quantizer(node.name()).scale();
    float[] weightScales = weightScales(node, block, scales);
    double[] biases = biases(weighted, node.name(), weightScales);
    int[] bias = new int[filters];
    float[] multipliers = new float[filters];
    for (int k = 0; k < filters; k++) {
      float scale = weightScales[k];
      double step = (double) inputScale * scale;
      double rounded = Math.rint(biases[k] / step);
      bias[k] = (int) Math.min(Math.max(rounded, -BIAS_LIMIT), BIAS_LIMIT);
      multipliers[k] = inputScale * scale / outputScale;
    }
    return new Steps(weightScales, bias, multipliers);
  }

  /**
   * The biases to round, real values: those chosen with the integers, or what the operator has less
   * what rounding its weights adds to the mean of each filter's sums, where input means are known.
   * In double, in the order of the weights.
   */
  private double[] biases(Weighted weighted, String name, float[] weightScales) {
    double[] biases = new double[weighted.filters()];
    Optional<Rounding.Layer> chosen = rounding.layer(name);
    Arrays.setAll(
        biases, k -> chosen.isPresent() ? chosen.get().bias()[k] : weighted.bias().get(k));
    float[] means = network.ownInputMeans(name);
    if (means == null || chosen.isPresent()) {
      return biases;
    }
    Tensor weights = weighted.weights();
    Block block = multipliers.get(name);
    float[] filter = new float[weighted.filterSize()];
    for (int k = 0; k < biases.length; k++) {
      weights.copyTo(k * filter.length, filter, 0, filter.length);
      for (int i = 0; i < filter.length && block != null; i++) {
        filter[i] *= multiplier(block, k * filter.length + i);
      }
      biases[k] -= roundingMean(filter, weightScales[k], means, network.inputMeansAt(name, k));
    }
    return biases;
  }

  private double roundingMean(float[] filter, float scale, float[] means, int meansAt) {
    int weightMax = network.spec().weightMax();
    double sum = 0;
    for (int i = 0; i < filter.length; i++) {
      float rounded = WeightThreshold.quantize(filter[i], scale, weightMax) * scale;
      sum += (double) (rounded - filter[i]) * means[meansAt + i];
    }
    return sum;
  }

  private float multiplier(Block block, int weight) {
    return network.spec().multipliers().multiplier(scales[block.offset() + weight]);
  }

  private Weights quantize(String name) {
    Weighted weighted = (Weighted) network.graph().node(name).operator();
    Steps around = steps(name);
    int each = weighted.filterSize();
    byte[] codes = new byte[weighted.weights().size()];
    int weightMax = network.spec().weightMax();
    float[] values = weighted.weights().values();
    multiply(name, values, values);
    for (int i = 0; i < codes.length; i++) {
      float scale = around.weightScales()[i / each];
      codes[i] = (byte) WeightThreshold.quantize(values[i], scale, weightMax);
    }
    rounding.layer(name).ifPresent(layer -> move(name, codes, layer.moves(), weightMax));
    return new Weights(codes, around.weightScales(), around.bias(), around.multipliers());
  }

  private static void move(String name, byte[] codes, byte[] moves, int weightMax) {
    for (int i = 0; i < codes.length; i++) {
      int moved = codes[i] + moves[i];
      if (Math.abs(moved) > weightMax) {
        throw new IllegalArgumentException(
            "Cannot round weight %d of %s to %d: integers end at %d. The rounding is of other scales."
                .formatted(i, name, moved, weightMax));
      }
      codes[i] = (byte) moved;
    }
  }

  /**
   * A filter whose weights are tiny beside its bias would need bias codes beyond int32: its steps
   * are widened until the bias fits. In per-tensor mode the widest filter decides for all.
   */
  private float[] weightScales(Node node, Block block, float[] scales) {
    Weighted weighted = (Weighted) node.operator();
    double inputScale = quantizer(node.inputs().get(0)).scale();
    float[] result = new float[weighted.filters()];
    double widest = 0;
    for (int k = 0; k < result.length; k++) {
      float alpha = scales[block.offset() + (block.count() == 1 ? 0 : k)];
      double scale = network.weightThreshold(node.name(), k).scale(alpha);
      double least = Math.abs(weighted.bias().get(k)) / (inputScale * BIAS_LIMIT);
      double chosen = Math.max(scale, least);
      result[k] = (float) chosen;
      widest = Math.max(widest, chosen);
    }
    if (block.count() == 1) {
      Arrays.fill(result, (float) widest);
    }
    return result;
  }

  /** The thresholds that these integers were made from. */
  public ThresholdedNetwork network() {
    return network;
  }

  /** The trained vector. */
  public float[] scales() {
    return scales.clone();
  }

  /** How weights were rounded. */
  public Rounding rounding() {
    return rounding;
  }

  /** The folded graph. */
  public Graph graph() {
    return network.graph();
  }

  /**
   * The part that computes one tensor from another, its integers those of the whole.
   *
   * @param from a tensor with a grid of its own; what is given there has to be values of that grid
   * @param to output of a node that depends on nothing before {@code from}
   */
  public IntegerNetwork between(String from, String to) {
    ThresholdedNetwork part = network.between(from, to);
    float[] own = new float[part.layout().size()];
    copyBlocks(network.layout().weights(), part.layout().weights(), own);
    copyBlocks(network.layout().activations(), part.layout().activations(), own);
    copyBlocks(network.layout().multipliers(), part.layout().multipliers(), own);
    return new IntegerNetwork(part, own, rounding);
  }

  private void copyBlocks(List<Block> from, List<Block> to, float[] target) {
    Map<String, Block> known = new HashMap<>();
    from.forEach(block -> known.put(block.name(), block));
    for (Block block : to) {
      int source = known.get(block.name()).offset();
      System.arraycopy(scales, source, target, block.offset(), block.count());
    }
  }

  /** The grid of a tensor; Flatten's output shares its input's. */
  public Quantizer quantizer(String tensor) {
    return quantizers.get(network.quantizedTensor(tensor));
  }

  /** The integers of a weighted node. */
  public Weights weights(String node) {
    return weights.computeIfAbsent(node, this::quantize);
  }

  /**
   * Multiplies the weights of a node by their multipliers, in single precision.
   *
   * @param plain as the operator has them
   * @param multiplied receives the products, may be {@code plain}
   */
  public void multiply(String node, float[] plain, float[] multiplied) {
    Block block = multipliers.get(node);
    if (block == null) {
      System.arraycopy(plain, 0, multiplied, 0, plain.length);
      return;
    }
    for (int i = 0; i < plain.length; i++) {
      multiplied[i] = plain[i] * multiplier(block, i);
    }
  }

  /**
   * The float network that these integers are the rounding of: weights with their multipliers, or
   * where integers were chosen their real values, biases with what they take up. For tools that
   * round by themselves.
   */
  public Graph floatGraph() {
    Map<String, Node> nodes = new LinkedHashMap<>();
    for (String name : steps.keySet()) {
      Node node = graph().node(name);
      Weighted weighted = (Weighted) node.operator();
      float[] weightScales = steps(name).weightScales();
      float[] values = weighted.weights().values();
      if (rounding.layer(name).isPresent()) {
        byte[] codes = weights(name).weights();
        for (int i = 0; i < codes.length; i++) {
          values[i] = codes[i] * weightScales[i / weighted.filterSize()];
        }
      } else {
        multiply(name, values, values);
      }
      double[] biases = biases(weighted, name, weightScales);
      float[] bias = new float[biases.length];
      for (int k = 0; k < bias.length; k++) {
        bias[k] = (float) biases[k];
      }
      Tensor weights = Tensor.of(values, weighted.weights().shape());
      nodes.put(name, node.withOperator(weighted.with(weights, Tensor.of(bias, bias.length))));
    }
    return graph().with(nodes);
  }

  /** The arithmetic around the weights of a weighted node. */
  public Steps steps(String node) {
    return steps.get(node);
  }

  /** Least output integer of a node: the grid's end or the activation's lower bound. */
  public int lower(Node node) {
    return bound(node, node.activation().lower());
  }

  /** Greatest output integer of a node: the grid's end or the activation's upper bound. */
  public int upper(Node node) {
    return bound(node, node.activation().upper());
  }

  private int bound(Node node, float limit) {
    Quantizer grid = quantizer(node.name());
    double code = Math.rint((double) limit / grid.scale()) + grid.zeroPoint();
    double end = limit > 0 ? grid.qmax() : grid.qmin();
    if (Double.isInfinite(code)) {
      return (int) end;
    }
    return (int) Math.min(Math.max(code, grid.qmin()), grid.qmax());
  }

  /** {@link Activation} bounds are folded into the integer clamp. */
  @Override
  public String toString() {
    return "IntegerNetwork[" + steps.size() + " weight tensors, " + quantizers.size() + " grids]";
  }
}
