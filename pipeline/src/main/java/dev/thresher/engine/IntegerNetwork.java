package dev.thresher.engine;

import dev.thresher.engine.ScaleLayout.Block;
import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import dev.thresher.quantize.Quantizer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

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
  private final ThresholdedNetwork network;
  private final float[] scales;
  private final Rounding rounding;
  private final Map<String, Quantizer> quantizers = new LinkedHashMap<>();
  private final Map<String, IntegerLayer> layers = new LinkedHashMap<>();
  private final Map<String, List<Float>> ratios = new LinkedHashMap<>();

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
    network.layout().check(scales);
    this.scales = scales.clone();
    this.rounding = rounding;
    for (Block block : network.layout().activations()) {
      quantizers.put(
          block.name(),
          network.activationThreshold(block.name()).quantizer(scales, block.offset()));
    }
    Map<String, Block> multipliers = new HashMap<>();
    network.layout().multipliers().forEach(block -> multipliers.put(block.name(), block));
    for (Block block : network.layout().weights()) {
      layers.put(block.name(), layer(block, Optional.ofNullable(multipliers.get(block.name()))));
    }
    for (Node node : graph().nodes()) {
      ratios.put(node.name(), ratios(node));
    }
  }

  private IntegerLayer layer(Block block, Optional<Block> multipliers) {
    Node node = graph().node(block.name());
    return new IntegerLayer(
        network,
        block,
        quantizer(node.inputs().get(0)).scale(),
        quantizer(node.name()).scale(),
        new WeightMultiplication(network.spec().multipliers(), multipliers, scales),
        rounding.layer(node.name()));
  }

  private List<Float> ratios(Node node) {
    return Ratios.of(
        node.operator(),
        node.inputs().stream().map(this::quantizer).toList(),
        quantizer(node.name()),
        graph().shape(node.inputs().get(0)));
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
    return new IntegerNetwork(part, network.layout().part(scales, part.layout()), rounding);
  }

  /** The grid of a tensor; operators that keep grids share their input's. */
  public Quantizer quantizer(String tensor) {
    return quantizers.get(network.quantizedTensor(tensor));
  }

  /** The integer form of a node. */
  public IntegerNode node(String name) {
    Node node = graph().node(name);
    return new IntegerNode(
        name,
        IntegerOperator.of(node.operator(), () -> weights(name), ratios.get(name)),
        node.activation(),
        lower(node),
        upper(node),
        node.inputs());
  }

  /** What the steps of each input of a node are multiplied by; none with weights. */
  public List<Float> ratios(String node) {
    return ratios.get(node);
  }

  /** The integers of a weighted node. */
  public IntegerWeights weights(String node) {
    return layers.get(node).weights();
  }

  /** The arithmetic around the weights of a weighted node; arrays are not copies. */
  public LayerSteps steps(String node) {
    return layers.get(node).steps();
  }

  /**
   * Multiplies the weights of a node by their multipliers, in single precision.
   *
   * @param plain as the operator has them
   * @param multiplied receives the products, may be {@code plain}
   */
  public void multiply(String node, float[] plain, float[] multiplied) {
    layers.get(node).multiplication().multiply(plain, 0, multiplied);
  }

  /**
   * The float network that these integers are the rounding of: weights with their multipliers, or
   * where integers were chosen their real values, biases with what they take up. For tools that
   * round by themselves.
   */
  public Graph floatGraph() {
    Map<String, Node> nodes = new LinkedHashMap<>();
    layers.forEach((name, layer) -> nodes.put(name, graph().node(name).withOperator(layer.real())));
    return graph().with(nodes);
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

  @Override
  public String toString() {
    return "IntegerNetwork[" + layers.size() + " weight tensors, " + quantizers.size() + " grids]";
  }
}
