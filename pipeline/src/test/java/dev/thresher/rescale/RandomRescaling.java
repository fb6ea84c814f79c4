package dev.thresher.rescale;

import dev.thresher.calibrate.CalibratedNetwork;
import dev.thresher.network.Graph;
import dev.thresher.network.Linear;
import dev.thresher.network.Node;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/** The same network with other factors on its channels. */
final class RandomRescaling {
  private RandomRescaling() {}

  /** Random factors on every channel that has them free, by the definition of rescaling. */
  static Graph of(Graph graph, CalibratedNetwork calibrated, Random random) {
    Map<String, double[]> factors = new HashMap<>();
    for (ChannelGroup group : ChannelGroup.of(graph)) {
      ChannelFreedom freedom =
          ChannelFreedom.of(
              group, new ChannelStatistics(graph, calibrated.statistics()), ClampRule.KEEP);
      double[] each = new double[group.channels()];
      for (int k = 0; k < each.length; k++) {
        double factor = Math.min(Math.exp(1.5 * random.nextGaussian()), freedom.limit()[k]);
        each[k] = freedom.locked()[k] ? 1 : factor * 0.99;
      }
      group.tensors().forEach(tensor -> factors.put(tensor, each));
    }
    Map<String, Node> nodes = new HashMap<>();
    for (Node node : graph.nodes()) {
      if (node.operator() instanceof Linear layer) {
        double[] in = factors.get(node.inputs().get(0));
        double[] out = factors.get(node.name());
        nodes.put(node.name(), node.withOperator(ChannelEqualizer.scaled(layer, out, in)));
      }
    }
    return graph.with(nodes);
  }
}
