package dev.thresher.rescale;

import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import dev.thresher.network.Operator.ChannelTie;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Tensors whose channels can only be scaled together: a layer's output with everything that
 * residual sums, pools, reshapes and clamps make of it.
 *
 * @param tensors of the group, in the order of execution
 * @param channels of each of them
 * @param producers layers whose filters compute a channel
 * @param consumers layers whose weights read a channel
 */
record ChannelGroup(
    List<String> tensors, int channels, List<Node> producers, List<Node> consumers) {

  ChannelGroup {
    tensors = List.copyOf(tensors);
    producers = List.copyOf(producers);
    consumers = List.copyOf(consumers);
  }

  /** Every group of a folded network, in the order of its first tensor. */
  static List<ChannelGroup> of(Graph graph) {
    Map<String, List<String>> members = new LinkedHashMap<>();
    Map<String, String> heads = new HashMap<>();
    for (String tensor : graph.shapes().keySet()) {
      members.put(tensor, new ArrayList<>(List.of(tensor)));
      heads.put(tensor, tensor);
    }
    for (Node node : graph.nodes()) {
      if (node.operator().channelTie() == ChannelTie.EQUAL) {
        node.inputs().forEach(input -> join(members, heads, input, node.name()));
      }
    }
    return members.values().stream().map(tensors -> group(graph, tensors)).toList();
  }

  private static void join(
      Map<String, List<String>> members, Map<String, String> heads, String one, String other) {
    String head = heads.get(one);
    String joined = heads.get(other);
    if (head.equals(joined)) {
      return;
    }
    List<String> moved = members.remove(joined);
    moved.forEach(tensor -> heads.put(tensor, head));
    members.get(head).addAll(moved);
  }

  private static ChannelGroup group(Graph graph, List<String> tensors) {
    List<Node> producers = new ArrayList<>();
    List<Node> consumers = new ArrayList<>();
    for (Node node : graph.nodes()) {
      if (node.linear().isPresent()) {
        if (tensors.contains(node.name())) {
          producers.add(node);
        }
        if (tensors.contains(node.inputs().get(0))) {
          consumers.add(node);
        }
      }
    }
    List<String> ordered = graph.shapes().keySet().stream().filter(tensors::contains).toList();
    return new ChannelGroup(ordered, graph.shape(ordered.get(0)).channels(), producers, consumers);
  }
}
