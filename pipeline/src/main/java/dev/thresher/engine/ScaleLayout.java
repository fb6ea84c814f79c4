package dev.thresher.engine;

import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import dev.thresher.quantize.Granularity;
import dev.thresher.quantize.QuantizationSpec;
import dev.thresher.quantize.Scheme;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Where each trained scale stands in the vector: weights node by node in the order of execution,
 * then activations tensor by tensor, input first, then, where they are trained, the multipliers of
 * every weight, node by node.
 */
public final class ScaleLayout {
  /**
   * The scales of one weight tensor or activation tensor, or the multipliers of one weight tensor.
   *
   * @param name the node, or the tensor
   * @param offset position of the first
   * @param count how many
   */
  public record Block(String name, int offset, int count) {}

  private final List<Block> weights;
  private final List<Block> activations;
  private final List<Block> multipliers;
  private final int size;

  ScaleLayout(Graph graph, QuantizationSpec spec) {
    List<Block> weightBlocks = new ArrayList<>();
    List<Block> activationBlocks = new ArrayList<>();
    int offset = 0;
    for (Node node : graph.nodes()) {
      if (node.linear().isPresent()) {
        int filters = node.weighted().filters();
        int count = spec.granularity() == Granularity.PER_FILTER ? filters : 1;
        weightBlocks.add(new Block(node.name(), offset, count));
        offset += count;
      }
    }
    for (String tensor : quantizedTensors(graph)) {
      int count = spec.scheme() == Scheme.ASYMMETRIC ? 2 : 1;
      activationBlocks.add(new Block(tensor, offset, count));
      offset += count;
    }
    List<Block> multiplierBlocks = new ArrayList<>();
    for (Block block : spec.multipliers().areTrained() ? weightBlocks : List.<Block>of()) {
      int count = graph.node(block.name()).weighted().weights().size();
      multiplierBlocks.add(new Block(block.name(), offset, count));
      offset += count;
    }
    this.weights = List.copyOf(weightBlocks);
    this.activations = List.copyOf(activationBlocks);
    this.multipliers = List.copyOf(multiplierBlocks);
    this.size = offset;
  }

  /** The tensors that have a grid of their own: the input, and outputs that keep no grid. */
  public static List<String> quantizedTensors(Graph graph) {
    List<String> tensors = new ArrayList<>();
    tensors.add(graph.input());
    for (Node node : graph.nodes()) {
      if (!node.operator().keepsGrid()) {
        tensors.add(node.name());
      }
    }
    return List.copyOf(tensors);
  }

  /** Blocks of the weights, in the order of execution. */
  public List<Block> weights() {
    return weights;
  }

  /** Blocks of the activations, input first. */
  public List<Block> activations() {
    return activations;
  }

  /** Blocks of the weights' multipliers, in the order of execution; empty if none are trained. */
  public List<Block> multipliers() {
    return multipliers;
  }

  /**
   * Refuses a vector that is not one of this layout.
   *
   * @throws IllegalArgumentException for one of another length, or one that is not finite
   */
  void check(float[] scales) {
    if (scales.length != size) {
      throw new IllegalArgumentException(
          "Cannot quantize with "
              + scales.length
              + " threshold scales: the network has "
              + size
              + ".");
    }
    for (int i = 0; i < scales.length; i++) {
      if (!Float.isFinite(scales[i])) {
        throw new IllegalArgumentException(
            "Cannot quantize: threshold scale " + i + " is " + scales[i] + ".");
      }
    }
  }

  /**
   * What a vector of this layout holds for a part of the network.
   *
   * @param part its layout; every block is one of this layout
   */
  float[] part(float[] scales, ScaleLayout part) {
    float[] own = new float[part.size];
    copy(scales, weights, part.weights, own);
    copy(scales, activations, part.activations, own);
    copy(scales, multipliers, part.multipliers, own);
    return own;
  }

  private static void copy(float[] scales, List<Block> from, List<Block> to, float[] target) {
    Map<String, Block> known = new HashMap<>();
    from.forEach(block -> known.put(block.name(), block));
    for (Block block : to) {
      int source = known.get(block.name()).offset();
      System.arraycopy(scales, source, target, block.offset(), block.count());
    }
  }

  /** Length of the trained vector. */
  public int size() {
    return size;
  }
}
