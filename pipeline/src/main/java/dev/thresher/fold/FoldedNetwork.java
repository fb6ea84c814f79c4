package dev.thresher.fold;

import dev.thresher.network.Graph;

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
    graph.requireFolded("take " + name + " as folded with");
  }
}
