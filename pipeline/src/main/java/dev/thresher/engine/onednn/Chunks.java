package dev.thresher.engine.onednn;

import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** How many images go through which nodes at once. */
final class Chunks {
  /** Bytes of the largest tensor in float32 that a chunk may have, to stay in the caches. */
  private static final long CACHED = 5L << 19;

  /**
   * Nodes that run on so many images at once.
   *
   * @param images at once
   * @param nodes in the order of execution, without those that are only names
   */
  record Group(int images, List<Node> nodes) {
    /** Whether only nodes of this group read a tensor, under any name. */
    boolean alone(Graph graph, String tensor) {
      List<Node> readers = graph.consumers(tensor);
      return !readers.isEmpty()
          && readers.stream()
              .allMatch(
                  reader ->
                      Flattening.isName(reader)
                          ? alone(graph, reader.name())
                          : nodes.contains(reader));
    }
  }

  private Chunks() {}

  /** One group of all nodes. */
  static List<Group> whole(Graph graph, int batch) {
    List<Node> nodes = graph.nodes().stream().filter(node -> !Flattening.isName(node)).toList();
    return List.of(new Group(size(graph, nodes, batch), nodes));
  }

  /**
   * Groups between places where one tensor alone is yet to be read: the further down the network,
   * the smaller its tensors, and the more images may go through at once.
   */
  static List<Group> groups(Graph graph, int batch) {
    List<Group> groups = new ArrayList<>();
    List<Node> open = new ArrayList<>();
    Set<String> cuts = new HashSet<>(graph.cuts());
    for (Node node : graph.nodes()) {
      if (Flattening.isName(node)) {
        continue;
      }
      open.add(node);
      if (cuts.contains(node.name())) {
        append(groups, new Group(size(graph, open, batch), List.copyOf(open)));
        open.clear();
      }
    }
    if (!open.isEmpty()) {
      append(groups, new Group(size(graph, open, batch), List.copyOf(open)));
    }
    return groups;
  }

  /** Images that the chunks of every group cover. */
  static int room(List<Group> groups, int batch) {
    int room = batch;
    for (Group group : groups) {
      room = Math.max(room, count(batch, group.images()) * group.images());
    }
    return room;
  }

  private static void append(List<Group> groups, Group next) {
    Group last = groups.isEmpty() ? null : groups.get(groups.size() - 1);
    if (last == null || last.images() != next.images()) {
      groups.add(next);
      return;
    }
    List<Node> nodes = new ArrayList<>(last.nodes());
    nodes.addAll(next.nodes());
    groups.set(groups.size() - 1, new Group(next.images(), nodes));
  }

  /** Images at once for nodes and what they read, in even chunks. */
  private static int size(Graph graph, List<Node> nodes, int batch) {
    if (batch < 1) {
      throw new IllegalArgumentException(
          "Cannot prepare a pass for " + batch + " images: at least one is needed.");
    }
    long largest = 1;
    for (Node node : nodes) {
      largest = Math.max(largest, graph.shape(node.name()).size());
      for (String in : node.inputs()) {
        largest = Math.max(largest, graph.shape(in).size());
      }
    }
    long fitting = Math.max(1, Math.min(batch, CACHED / (largest * Float.BYTES)));
    int chunks = count(batch, (int) fitting);
    return count(batch, chunks);
  }

  /** Chunks of a batch, the last possibly not full. */
  static int count(int batch, int chunk) {
    return (batch + chunk - 1) / chunk;
  }

  /** Refuses arrays that do not hold what is asked for. */
  static void check(Graph graph, int count, int batch, float[] images, float[] logits) {
    check(graph, count, batch, images);
    require("logits", count, graph.classes(), logits);
  }

  static void check(Graph graph, int count, int batch, float[] images) {
    if (count < 0 || count > batch) {
      throw new IllegalArgumentException(
          "Cannot run " + count + " images: the pass was prepared for up to " + batch + ".");
    }
    require("images", count, graph.inputShape().size(), images);
  }

  static void require(String what, int count, int each, float[] values) {
    if (values.length < (long) count * each) {
      throw new IllegalArgumentException(
          "Cannot use "
              + values.length
              + " values as "
              + what
              + ": "
              + count
              + " images need "
              + (long) count * each
              + ".");
    }
  }
}
