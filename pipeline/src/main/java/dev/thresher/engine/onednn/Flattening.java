package dev.thresher.engine.onednn;

import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import dev.thresher.tensor.FeatureShape;

/**
 * Flatten changes no byte here, which is right where nobody sees the order of the elements. Without
 * an activation it is only another name of what it reads.
 */
final class Flattening {
  private Flattening() {}

  /** Refuses a Flatten of several positions whose order a reader would see. */
  static void check(Graph graph) {
    for (Node node : graph.nodes()) {
      if (graph.isView(node.name()) && extents(graph, node.name()).positions() > 1) {
        for (Node reader : graph.consumers(node.name())) {
          refuseUnlessDense(node, reader);
        }
        if (graph.consumers(node.name()).isEmpty()) {
          throw new IllegalArgumentException(
              "Cannot run " + node.name() + ": logits of several positions have no order.");
        }
      }
    }
  }

  private static void refuseUnlessDense(Node flatten, Node reader) {
    boolean readsVector =
        reader
            .linear()
            .map(linear -> linear.<Boolean>match(convolution -> false, dense -> true))
            .orElse(reader.operator().isView());
    if (!readsVector) {
      throw new IllegalArgumentException(
          "Cannot run "
              + reader.name()
              + " on "
              + flatten.name()
              + ": only a fully connected node can read several positions as one vector.");
    }
  }

  /** Whether a node's output is its input by another name. */
  static boolean isName(Node node) {
    return node.operator().isView() && node.activation().isNone();
  }

  /** The extents that a tensor's bytes have: those before any Flatten. */
  static FeatureShape extents(Graph graph, String name) {
    return graph.shape(graph.seenAt(name));
  }

  /** The tensor whose bytes a name stands for. */
  static String source(Graph graph, String name) {
    String tensor = name;
    while (!tensor.equals(graph.input()) && isName(graph.node(tensor))) {
      tensor = graph.node(tensor).inputs().get(0);
    }
    return tensor;
  }
}
