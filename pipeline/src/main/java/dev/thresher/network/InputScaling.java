package dev.thresher.network;

import java.util.Optional;

/**
 * What a float network does to its pixels before its first layer with weights, as a Rescaling layer
 * or a division in front does: a slope for each channel.
 *
 * @param node name of the node
 * @param steepest largest absolute slope of a channel
 */
public record InputScaling(String node, double steepest) {
  /** The node that reads the input and scales it, if there is one. */
  public static Optional<InputScaling> of(Graph graph) {
    return graph.nodes().stream()
        .filter(node -> node.inputs().contains(graph.input()))
        .filter(node -> node.operator() instanceof BatchNormalization)
        .map(node -> new InputScaling(node.name(), steepest((BatchNormalization) node.operator())))
        .findFirst();
  }

  private static double steepest(BatchNormalization norm) {
    double steepest = 0;
    for (int c = 0; c < norm.gamma().size(); c++) {
      double slope = norm.gamma().get(c) / Math.sqrt(norm.variance().get(c) + norm.epsilon());
      steepest = Math.max(steepest, Math.abs(slope));
    }
    return steepest;
  }
}
