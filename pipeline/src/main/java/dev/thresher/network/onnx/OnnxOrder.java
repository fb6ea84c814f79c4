package dev.thresher.network.onnx;

import dev.thresher.network.NetworkFormatException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import onnx.Onnx.GraphProto;
import onnx.Onnx.NodeProto;

/**
 * The nodes that the output needs, each after those it reads; otherwise in the order of the file.
 */
final class OnnxOrder {
  private final String model;
  private final GraphProto graph;
  private final Set<String> given;
  private final Map<String, Integer> producers = new HashMap<>();

  /**
   * Indexes a graph.
   *
   * @param model name of the file, for messages
   * @param initializers names of the constants
   */
  OnnxOrder(String model, GraphProto graph, Set<String> initializers) {
    this.model = model;
    this.graph = graph;
    this.given = new HashSet<>(initializers);
    graph.getInputList().forEach(input -> given.add(input.getName()));
    for (int i = 0; i < graph.getNodeCount(); i++) {
      for (String output : graph.getNode(i).getOutputList()) {
        if (output.isEmpty()) {
          continue;
        }
        if (producers.put(output, i) != null || given.contains(output)) {
          throw refuse("two nodes compute the tensor " + output + ".");
        }
      }
    }
  }

  static boolean isDefault(String domain) {
    return domain.isEmpty() || domain.equals("ai.onnx");
  }

  List<NodeProto> sorted() {
    Set<Integer> needed = needed();
    Map<Integer, Integer> waiting = new HashMap<>();
    Map<Integer, List<Integer>> readers = new HashMap<>();
    PriorityQueue<Integer> ready = new PriorityQueue<>();
    for (int node : needed) {
      Set<Integer> sources = sources(node);
      waiting.put(node, sources.size());
      sources.forEach(s -> readers.computeIfAbsent(s, key -> new ArrayList<>()).add(node));
      if (sources.isEmpty()) {
        ready.add(node);
      }
    }
    List<NodeProto> sorted = new ArrayList<>();
    while (!ready.isEmpty()) {
      int node = ready.remove();
      waiting.remove(node);
      sorted.add(graph.getNode(node));
      for (int reader : readers.getOrDefault(node, List.of())) {
        if (waiting.merge(reader, -1, Integer::sum) == 0) {
          ready.add(reader);
        }
      }
    }
    if (!waiting.isEmpty()) {
      int first = waiting.keySet().stream().mapToInt(i -> i).min().orElseThrow();
      throw refuse(
          "node "
              + OnnxReader.name(graph.getNode(first))
              + " is on a cycle or behind one; a network must be acyclic.");
    }
    return sorted;
  }

  private Set<Integer> needed() {
    Set<Integer> needed = new HashSet<>();
    Deque<Integer> open = new ArrayDeque<>();
    String output = graph.getOutput(0).getName();
    Integer last = producers.get(output);
    if (last == null) {
      throw refuse("no node computes the output " + output + ".");
    }
    open.push(last);
    while (!open.isEmpty()) {
      int node = open.pop();
      if (needed.add(node)) {
        sources(node).forEach(open::push);
      }
    }
    return needed;
  }

  private Set<Integer> sources(int node) {
    Set<Integer> sources = new HashSet<>();
    for (String input : graph.getNode(node).getInputList()) {
      Integer producer = producers.get(input);
      if (producer != null) {
        sources.add(producer);
      } else if (!input.isEmpty() && !given.contains(input)) {
        throw refuse(
            "node "
                + OnnxReader.name(graph.getNode(node))
                + " reads "
                + input
                + ", which nothing computes.");
      }
    }
    return sources;
  }

  private NetworkFormatException refuse(String reason) {
    return new NetworkFormatException("Cannot import " + model + ": " + reason);
  }
}
