package dev.thresher.finetune.rounding;

import dev.thresher.calibrate.FloatOrigin;
import dev.thresher.engine.Engine;
import dev.thresher.engine.FloatPass;
import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.QuantizedPass;
import dev.thresher.engine.Rounding;
import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import dev.thresher.quantize.Quantizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What some images give where a block of layers begins, in the quantized network whose earlier
 * layers are fitted and in the float one, so that the layers of the block are measured from there:
 * else every layer would cost the whole network before it. Immutable.
 *
 * <p>Blocks begin at tensors through which everything later goes, none larger than {@link
 * #LARGEST_SHARE} of an image. Values are computed from block to block, never across one: which of
 * them were kept cannot change a bit of what follows. An image takes 5 bytes an element.
 */
public final class BlockInputs {
  /** Of an image's elements. */
  private static final double LARGEST_SHARE = 0.5;

  private final String tensor;
  private final Quantizer grid;
  private final float[] scales;
  private final Map<String, Rounding.Layer> rounding = new HashMap<>();
  private final List<Minibatch> minibatches = new ArrayList<>();

  @SuppressWarnings("ArrayRecordComponent")
  private record Minibatch(int count, byte[] codes, float[] floats) {}

  /** Takes some images at one tensor. */
  @FunctionalInterface
  public interface Receiver {
    /**
     * Takes a minibatch.
     *
     * @param quantized values of the quantized network, [count, H, W, C]
     * @param floats values of the float network, likewise
     */
    void accept(float[] quantized, float[] floats, int count);
  }

  /** Gives some images at one tensor, from the first to the last. */
  @FunctionalInterface
  public interface Source {
    /** Gives all minibatches, in the same order every time. */
    void forEach(Receiver receiver);
  }

  private BlockInputs(IntegerNetwork network, String tensor) {
    this.tensor = tensor;
    this.grid = network.quantizer(tensor);
    this.scales = network.scales();
    for (String layer : layersBefore(network.graph(), tensor)) {
      network.rounding().layer(layer).ifPresent(chosen -> rounding.put(layer, chosen));
    }
  }

  private static List<String> layersBefore(Graph graph, String tensor) {
    return graph.between(graph.input(), tensor).nodes().stream()
        .filter(node -> node.linear().isPresent())
        .map(Node::name)
        .toList();
  }

  /** The tensors where blocks begin that come before a node, the images left out, in order. */
  static List<String> before(Graph graph, String node) {
    List<String> names = graph.nodes().stream().map(Node::name).toList();
    double most = LARGEST_SHARE * graph.inputShape().size();
    return graph.cuts().stream()
        .filter(cut -> names.indexOf(cut) < names.indexOf(node))
        .filter(cut -> graph.shape(cut).size() <= most)
        .filter(cut -> !graph.node(cut).operator().keepsGrid())
        .toList();
  }

  /**
   * What images give where the block of a layer begins; empty for the first block, which begins at
   * the images.
   *
   * @param known of the same images at an earlier block, if it is still at hand
   * @param images the same in both networks
   * @param node weighted
   */
  public static Optional<BlockInputs> at(
      Engine engine,
      FloatOrigin origin,
      IntegerNetwork network,
      String node,
      Optional<BlockInputs> known,
      Source images) {
    List<String> way = before(network.graph(), node);
    Optional<BlockInputs> reached =
        known.filter(inputs -> way.contains(inputs.tensor) && inputs.isOf(network));
    int next = reached.map(inputs -> way.indexOf(inputs.tensor) + 1).orElse(0);
    for (String tensor : way.subList(next, way.size())) {
      String from = reached.map(BlockInputs::tensor).orElse(network.graph().input());
      Source source = reached.<Source>map(inputs -> inputs::forEach).orElse(images);
      BlockInputs inputs = new BlockInputs(network, tensor);
      inputs.compute(engine, origin, network, from, source);
      reached = Optional.of(inputs);
    }
    return reached;
  }

  private void compute(
      Engine engine, FloatOrigin origin, IntegerNetwork network, String from, Source source) {
    int size = network.graph().shape(tensor).size();
    try (QuantizedPass quantizedPass =
            engine.quantizedPass(network.between(from, tensor), LayerProbe.BATCH);
        FloatPass floatPass =
            engine.floatPass(origin.graph().between(from, tensor), LayerProbe.BATCH)) {
      source.forEach(
          (quantized, floats, all) -> {
            int each = quantized.length / all;
            for (int first = 0; first < all; first += LayerProbe.BATCH) {
              int count = Math.min(LayerProbe.BATCH, all - first);
              int end = (first + count) * each;
              float[] values = new float[count * size];
              quantizedPass.logits(Arrays.copyOfRange(quantized, first * each, end), count, values);
              byte[] codes = codes(values);
              floatPass.logits(Arrays.copyOfRange(floats, first * each, end), count, values);
              minibatches.add(new Minibatch(count, codes, values));
            }
          });
    }
  }

  /** Codes of values, which become steps. */
  private byte[] codes(float[] values) {
    grid.toSteps(values);
    byte[] codes = new byte[values.length];
    for (int i = 0; i < codes.length; i++) {
      codes[i] = (byte) ((int) values[i] + grid.zeroPoint() - grid.qmin());
    }
    return codes;
  }

  /** Whether a network computes the same integers up to here. */
  private boolean isOf(IntegerNetwork network) {
    return Arrays.equals(scales, network.scales())
        && layersBefore(network.graph(), tensor).stream()
            .allMatch(
                layer ->
                    isSame(
                        Optional.ofNullable(rounding.get(layer)), network.rounding().layer(layer)));
  }

  private static boolean isSame(Optional<Rounding.Layer> a, Optional<Rounding.Layer> b) {
    if (a.isEmpty() || b.isEmpty()) {
      return a.isEmpty() && b.isEmpty();
    }
    return Arrays.equals(a.get().moves(), b.get().moves())
        && Arrays.equals(a.get().bias(), b.get().bias());
  }

  /** Where the block begins. */
  public String tensor() {
    return tensor;
  }

  /** Gives the images' values, minibatch by minibatch. */
  public void forEach(Receiver receiver) {
    for (Minibatch minibatch : minibatches) {
      float[] quantized = new float[minibatch.codes().length];
      for (int i = 0; i < quantized.length; i++) {
        quantized[i] = grid.dequantize((minibatch.codes()[i] & 0xFF) + grid.qmin());
      }
      receiver.accept(quantized, minibatch.floats(), minibatch.count());
    }
  }
}
