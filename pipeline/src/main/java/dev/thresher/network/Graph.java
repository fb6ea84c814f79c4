package dev.thresher.network;

import dev.thresher.tensor.FeatureShape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A feed-forward network: one image in, one vector of logits out, nodes in the order of execution.
 *
 * <p>Valid once constructed: names are unique, every input is computed before it is read, shapes
 * agree, and the last node alone is read by nobody.
 */
public final class Graph {
  private final String input;
  private final List<Node> nodes;
  private final Map<String, Node> byName;
  private final Map<String, FeatureShape> shapes;
  private final Map<String, List<Node>> consumers;

  /**
   * Validates and infers every shape.
   *
   * @param input name of the input tensor
   * @param inputShape extents of one image
   * @param nodes in the order of execution; the last computes the logits
   * @throws IllegalArgumentException naming the node that does not fit
   */
  public Graph(String input, FeatureShape inputShape, List<Node> nodes) {
    this.input = input;
    this.nodes = List.copyOf(nodes);
    this.byName = new HashMap<>();
    this.shapes = new LinkedHashMap<>();
    this.consumers = new LinkedHashMap<>();
    if (this.nodes.isEmpty()) {
      throw new IllegalArgumentException("Cannot make a network without nodes.");
    }
    shapes.put(input, inputShape);
    consumers.put(input, new ArrayList<>());
    for (Node node : this.nodes) {
      connect(node);
    }
    for (Node node : this.nodes.subList(0, this.nodes.size() - 1)) {
      if (consumers.get(node.name()).isEmpty()) {
        throw new IllegalArgumentException(
            "Cannot use the network: nothing reads "
                + node.name()
                + ", and it is not the last node "
                + output()
                + ".");
      }
    }
    consumers.replaceAll((name, readers) -> List.copyOf(readers));
  }

  private void connect(Node node) {
    List<FeatureShape> in = new ArrayList<>();
    for (String name : node.inputs()) {
      FeatureShape shape = shapes.get(name);
      if (shape == null) {
        throw new IllegalArgumentException(
            "Cannot run " + node.name() + ": its input " + name + " is not computed before it.");
      }
      in.add(shape);
      consumers.get(name).add(node);
    }
    FeatureShape out;
    try {
      out = node.operator().outputShape(in);
    } catch (IllegalArgumentException | ArithmeticException e) {
      throw new IllegalArgumentException(
          "Cannot run " + node.name() + " on " + in + ": " + e.getMessage(), e);
    }
    if (shapes.putIfAbsent(node.name(), out) != null) {
      throw new IllegalArgumentException("Cannot name two tensors " + node.name() + ".");
    }
    byName.put(node.name(), node);
    consumers.put(node.name(), new ArrayList<>());
  }

  /** Name of the input tensor. */
  public String input() {
    return input;
  }

  /** Extents of one input image. */
  public FeatureShape inputShape() {
    return shapes.get(input);
  }

  /** Name of the last node, whose output is the logits. */
  public String output() {
    return nodes.get(nodes.size() - 1).name();
  }

  /** Number of logits. */
  public int classes() {
    return shape(output()).size();
  }

  /** The nodes in the order of execution. */
  public List<Node> nodes() {
    return nodes;
  }

  /** Weights of the largest node. */
  public int largestWeights() {
    return nodes.stream()
        .flatMap(node -> node.linear().stream())
        .mapToInt(linear -> linear.weights().size())
        .max()
        .orElse(0);
  }

  /** The node of a name. */
  public Node node(String name) {
    Node node = byName.get(name);
    if (node == null) {
      throw new IllegalArgumentException("Cannot find a node " + name + " in the network.");
    }
    return node;
  }

  /** Extents of a tensor: the input or a node's output. */
  public FeatureShape shape(String tensor) {
    FeatureShape shape = shapes.get(tensor);
    if (shape == null) {
      throw new IllegalArgumentException("Cannot find a tensor " + tensor + " in the network.");
    }
    return shape;
  }

  /** Every tensor with its extents, input first, then in the order of execution. */
  public Map<String, FeatureShape> shapes() {
    return Collections.unmodifiableMap(shapes);
  }

  /** The nodes that read a tensor, in the order of execution; a node reading it twice is twice. */
  public List<Node> consumers(String tensor) {
    shape(tensor);
    return consumers.get(tensor);
  }

  /**
   * The part of the graph that computes one tensor, its output, from another, its input.
   *
   * @param from the input, or the output of a node
   * @param to output of a node that depends on nothing before {@code from}
   * @throws IllegalArgumentException naming the node that does
   */
  public Graph between(String from, String to) {
    Set<String> needed = new HashSet<>(Set.of(node(to).name()));
    List<Node> part = new ArrayList<>();
    for (int i = nodes.size() - 1; i >= 0 && !nodes.get(i).name().equals(from); i--) {
      if (needed.contains(nodes.get(i).name())) {
        part.add(0, nodes.get(i));
        needed.addAll(nodes.get(i).inputs());
      }
    }
    return new Graph(from, shape(from), part);
  }

  /**
   * Tensors through which everything goes that is computed after them: where the network can be cut
   * in two, in the order of execution, the last left out.
   */
  public List<String> cuts() {
    Map<String, Integer> lastReader = new HashMap<>();
    for (int i = 0; i < nodes.size(); i++) {
      for (String in : nodes.get(i).inputs()) {
        lastReader.put(in, i);
      }
    }
    List<String> cuts = new ArrayList<>();
    int open = lastReader.getOrDefault(input, -1);
    for (int i = 0; i < nodes.size() - 1; i++) {
      String name = nodes.get(i).name();
      if (open <= i) {
        cuts.add(name);
      }
      open = Math.max(open, lastReader.get(name));
    }
    return cuts;
  }

  /** The tensor whose grid a tensor is on: itself, or what operators that keep grids read. */
  public String gridOf(String tensor) {
    String name = tensor;
    while (!name.equals(input) && node(name).operator().keepsGrid()) {
      name = node(name).inputs().get(0);
    }
    return name;
  }

  /** The tensor at which the values of a tensor are seen: itself, or what views of it are of. */
  public String seenAt(String tensor) {
    String name = tensor;
    while (isView(name)) {
      name = node(name).inputs().get(0);
    }
    return name;
  }

  /** Whether a tensor is another one's values under other extents. */
  public boolean isView(String tensor) {
    return !tensor.equals(input) && node(tensor).operator().isView();
  }

  /**
   * Refuses batch normalization.
   *
   * @param task that cannot be done with it, an infinitive
   * @throws IllegalArgumentException naming the first node that normalizes
   */
  public void requireFolded(String task) {
    for (Node node : nodes) {
      if (BatchNormalization.of(node.operator()).isPresent()) {
        throw new IllegalArgumentException(
            "Cannot %s %s: fold the batch normalization first.".formatted(task, node.name()));
      }
    }
  }

  /** The same graph with some nodes replaced by name. */
  public Graph with(Map<String, Node> replacements) {
    return new Graph(
        input,
        inputShape(),
        nodes.stream().map(node -> replacements.getOrDefault(node.name(), node)).toList());
  }
}
