package dev.thresher.rescale;

import dev.thresher.network.Graph;
import dev.thresher.network.Linear;
import dev.thresher.network.Node;
import java.util.List;
import java.util.function.ToIntBiFunction;

/**
 * What equalization did to the channels of one group of tensors.
 *
 * @param producers layers that compute the channels
 * @param consumers layers that read them
 * @param channels in the group
 * @param lockedBecause why none could be scaled, or {@code none}
 * @param locked channels that kept their scale: those of a group that could not be scaled, or those
 *     that reach the upper bound of a clamp
 * @param fitted channels that reach it and were scaled all the same, their readers fitted
 * @param limited channels whose factor was limited so that they stay under that bound
 * @param leastFactor least s_k
 * @param greatestFactor greatest s_k
 * @param before spread of ranges before
 * @param after spread of ranges after
 */
public record RescaledGroup(
    List<String> producers,
    List<String> consumers,
    int channels,
    String lockedBecause,
    int locked,
    int fitted,
    int limited,
    double leastFactor,
    double greatestFactor,
    Spread before,
    Spread after) {

  /** Copies the lists. */
  public RescaledGroup {
    producers = List.copyOf(producers);
    consumers = List.copyOf(consumers);
  }

  /**
   * Greatest over least range of a group's channels, zeros left out; 1 where there is none.
   *
   * @param producers of the filters that compute the channels
   * @param consumers of the weights that read them
   * @param zero channels that no weight computes or none reads
   */
  public record Spread(double producers, double consumers, int zero) {
    static Spread of(ChannelGroup group, Graph graph) {
      double[] own = new double[group.channels()];
      double[] next = new double[group.channels()];
      group.producers().forEach(node -> raise(graph, node, own, ChannelWeights::filter));
      group.consumers().forEach(node -> raise(graph, node, next, ChannelWeights::input));
      int zero = 0;
      for (int k = 0; k < own.length; k++) {
        zero += own[k] == 0 || next[k] == 0 ? 1 : 0;
      }
      return new Spread(ratio(own), ratio(next), zero);
    }

    /** Raises each channel's range to the greatest magnitude of the weights that it meets. */
    private static void raise(
        Graph graph, Node node, double[] ranges, ToIntBiFunction<ChannelWeights, Integer> channel) {
      Linear layer = (Linear) graph.node(node.name()).operator();
      int inputs = graph.shape(node.inputs().get(0)).channels();
      ChannelWeights weights = new ChannelWeights(layer, inputs);
      for (int i = 0; i < layer.weights().size(); i++) {
        int k = channel.applyAsInt(weights, i);
        ranges[k] = Math.max(ranges[k], Math.abs(layer.weights().get(i)));
      }
    }

    private static double ratio(double[] ranges) {
      double least = Double.POSITIVE_INFINITY;
      double greatest = 0;
      for (double range : ranges) {
        if (range > 0) {
          least = Math.min(least, range);
          greatest = Math.max(greatest, range);
        }
      }
      return greatest == 0 ? 1 : greatest / least;
    }
  }

  RescaledPair row() {
    return new RescaledPair(
        String.join(" ", producers),
        String.join(" ", consumers),
        channels,
        locked,
        limited,
        before.zero(),
        Double.NaN,
        RescaledPair.TargetRule.LEAST_NOISE,
        before.producers(),
        after.producers());
  }

  static RescaledGroup of(
      ChannelGroup group, ChannelFreedom freedom, double[] factors, Spread before, Spread after) {
    double least = Double.POSITIVE_INFINITY;
    double greatest = 0;
    int limited = 0;
    for (int k = 0; k < factors.length; k++) {
      least = Math.min(least, factors[k]);
      greatest = Math.max(greatest, factors[k]);
      boolean atLimit = factors[k] >= freedom.limit()[k] * (1 - 1e-9);
      limited += !freedom.locked()[k] && atLimit ? 1 : 0;
    }
    return new RescaledGroup(
        group.producers().stream().map(Node::name).toList(),
        group.consumers().stream().map(Node::name).toList(),
        group.channels(),
        freedom.reason().text(),
        freedom.lockedChannels() - freedom.fittedChannels(),
        freedom.fittedChannels(),
        limited,
        least,
        greatest,
        before,
        after);
  }
}
