package dev.thresher.fold;

import dev.thresher.network.Graph;
import dev.thresher.network.Operator.BatchNormalization;

/**
 * A network without batch normalization: the second state of a model.
 *
 * @param name the float network's name
 * @param graph operators with folded weights
 * @param sha256 hash of the file that the float network came from
 */
public record FoldedNetwork(String name, Graph graph, String sha256) {
  /** Refuses a graph that still normalizes. */
  public FoldedNetwork {
    graph.nodes().stream()
        .filter(node -> node.operator() instanceof BatchNormalization)
        .findFirst()
        .ifPresent(
            node -> {
              throw new IllegalArgumentException(
                  "Cannot take " + name + " as folded: " + node.name() + " still normalizes.");
            });
  }
}
