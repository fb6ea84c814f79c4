package dev.thresher.fold;

import dev.thresher.network.BatchNormalization;
import dev.thresher.network.FloatNetwork;
import dev.thresher.network.Graph;
import dev.thresher.network.Linear;
import dev.thresher.network.Linear.Convolution;
import dev.thresher.network.Node;
import dev.thresher.network.Window;
import dev.thresher.tensor.FeatureShape;
import dev.thresher.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Folds batch normalization (method, section 1). */
public final class Folder {
  private Folder() {}

  /**
   * Folds every batch normalization into the layer that feeds it.
   *
   * <pre>
   *   W_fold = gamma W / sqrt(var + eps)
   *   b_fold = beta + gamma (b - mean) / sqrt(var + eps)
   * </pre>
   *
   * Computed in double, rounded once. A normalization whose input has other readers, an activation
   * in between, or no layer before it becomes a depthwise 1 x 1 convolution of its own. Outputs
   * before and after agree to float rounding. Cost: one pass over the weights.
   *
   * @throws IllegalArgumentException naming a normalization that gives NaN or infinite weights
   */
  public static FoldedNetwork fold(FloatNetwork network) {
    Graph graph = network.graph();
    Map<String, Node> folded = new HashMap<>();
    Map<String, String> renamed = new HashMap<>();
    List<Node> nodes = new ArrayList<>();
    for (Node node : graph.nodes()) {
      Optional<BatchNormalization> found = BatchNormalization.of(node.operator());
      if (found.isPresent()) {
        BatchNormalization norm = found.get();
        Node producer = folded.get(node.inputs().get(0));
        if (producer != null && canAbsorb(graph, producer)) {
          Node merged =
              new Node(
                  producer.name(),
                  fold(node.name(), producer.weighted(), norm),
                  node.activation(),
                  producer.inputs());
          nodes.set(nodes.indexOf(producer), merged);
          renamed.put(node.name(), merged.name());
          continue;
        }
        FeatureShape shape = graph.shape(node.inputs().get(0));
        nodes.add(rename(node.withOperator(depthwise(node.name(), norm, shape)), renamed));
      } else {
        Node next = rename(node, renamed);
        nodes.add(next);
        if (node.linear().isPresent()) {
          folded.put(node.name(), next);
        }
      }
    }
    return new FoldedNetwork(
        network.name(), new Graph(graph.input(), graph.inputShape(), nodes), network.sha256());
  }

  private static boolean canAbsorb(Graph graph, Node producer) {
    return producer.activation().isNone() && graph.consumers(producer.name()).size() == 1;
  }

  private static Node rename(Node node, Map<String, String> renamed) {
    List<String> inputs =
        node.inputs().stream().map(input -> renamed.getOrDefault(input, input)).toList();
    return new Node(node.name(), node.operator(), node.activation(), inputs);
  }

  private static Linear fold(String name, Linear layer, BatchNormalization norm) {
    if (norm.gamma().size() != layer.filters()) {
      throw new IllegalArgumentException(
          "Cannot fold "
              + name
              + ": gamma has "
              + norm.gamma().size()
              + " channels, weights have "
              + layer.filters()
              + ".");
    }
    float[] weights = layer.weights().values();
    float[] bias = layer.bias().values();
    int each = layer.filterSize();
    for (int k = 0; k < layer.filters(); k++) {
      double factor = factor(norm, k);
      for (int i = k * each; i < (k + 1) * each; i++) {
        weights[i] = (float) (factor * weights[i]);
      }
      bias[k] = (float) (norm.beta().get(k) + factor * ((double) bias[k] - norm.mean().get(k)));
    }
    return layer.with(
        finite(name, Tensor.of(weights, layer.weights().shape())),
        finite(name, Tensor.of(bias, bias.length)));
  }

  private static Convolution depthwise(String name, BatchNormalization norm, FeatureShape shape) {
    int channels = shape.channels();
    float[] ones = new float[channels];
    java.util.Arrays.fill(ones, 1f);
    Tensor bias = Tensor.of(new float[channels], channels);
    Convolution identity =
        new Convolution(Tensor.of(ones, channels, 1, 1, 1), bias, Window.UNIT, channels);
    return (Convolution) fold(name, identity, norm);
  }

  private static double factor(BatchNormalization norm, int channel) {
    return norm.gamma().get(channel)
        / Math.sqrt((double) norm.variance().get(channel) + norm.epsilon());
  }

  private static Tensor finite(String name, Tensor tensor) {
    if (!tensor.isFinite()) {
      throw new IllegalArgumentException(
          "Cannot fold "
              + name
              + ": its mean, variance or scale give weights that are not finite; repair the model.");
    }
    return tensor;
  }
}
