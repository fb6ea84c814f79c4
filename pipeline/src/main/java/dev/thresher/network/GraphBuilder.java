package dev.thresher.network;

import dev.thresher.network.Layout.Flatten;
import dev.thresher.network.Linear.FullyConnected;
import dev.thresher.network.Pointwise.PassThrough;
import dev.thresher.tensor.FeatureShape;
import dev.thresher.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Collects the nodes of a network while a file is read, then simplifies and validates them.
 *
 * <p>Names are made unique in the order in which nodes are added, so the same file gives the same
 * names. Not thread-safe.
 */
public final class GraphBuilder {
  private final String input;
  private final Map<String, FeatureShape> shapes = new HashMap<>();
  private final Map<String, Node> nodes = new LinkedHashMap<>();

  /**
   * Starts with the input alone.
   *
   * @param input name of the input tensor
   * @param shape extents of one image
   */
  public GraphBuilder(String input, FeatureShape shape) {
    this.input = input;
    shapes.put(input, shape);
  }

  /** Extents of the input or of a node added before. */
  public FeatureShape shape(String tensor) {
    return shapes.get(tensor);
  }

  /**
   * Adds one operator without an activation.
   *
   * @param name wanted name; a suffix makes it unique where it is taken
   * @return the name that the node and its output tensor got
   * @throws IllegalArgumentException if the operator does not fit its inputs
   */
  public String add(String name, Operator operator, String... inputs) {
    return add(name, operator, Activation.NONE, inputs);
  }

  /**
   * Adds a clamp; {@link #build} fuses it into its producer where nothing else reads that.
   *
   * @return the name of the clamped tensor
   */
  public String clamp(String name, Activation activation, String tensor) {
    return activation.isNone() ? tensor : add(name, new PassThrough(), activation, tensor);
  }

  /**
   * Adds {@code y = scale x + shift} per channel, which {@link #build} merges into a bias or a
   * batch normalization where it follows one.
   *
   * @param scale [C]
   * @param shift [C]
   */
  public String affine(String name, Tensor scale, Tensor shift, String tensor) {
    return add(name, Affine.of(scale, shift), tensor);
  }

  /** Adds a fully connected layer, and before it the step from a feature map to a vector. */
  public String fullyConnected(String name, Tensor weights, Tensor bias, String tensor) {
    Node producer = nodes.get(tensor);
    boolean vector = producer != null && FullyConnected.readsVectorOf(producer.operator());
    String in = vector ? tensor : add(tensor + "/flatten", new Flatten(), tensor);
    return add(name, new FullyConnected(weights, bias), in);
  }

  private String add(String wanted, Operator operator, Activation activation, String... inputs) {
    String name = unique(wanted);
    Node node = new Node(name, operator, activation, List.of(inputs));
    shapes.put(name, operator.outputShape(node.inputs().stream().map(shapes::get).toList()));
    nodes.put(name, node);
    return name;
  }

  private String unique(String wanted) {
    String name = wanted.isBlank() ? "node" : wanted;
    for (int suffix = 2; shapes.containsKey(name); suffix++) {
      name = (wanted.isBlank() ? "node" : wanted) + "_" + suffix;
    }
    return name;
  }

  /**
   * The graph that computes a tensor: what does not contribute is dropped, clamps are fused into
   * the node whose output they alone read, per-channel shifts become biases.
   *
   * @param output name of the logits
   * @throws IllegalArgumentException if no node computes the output
   */
  public Graph build(String output) {
    if (!nodes.containsKey(output)) {
      throw new IllegalArgumentException("Cannot make a network that computes nothing.");
    }
    Set<String> needed = contributing(output);
    Map<String, Integer> readers = new HashMap<>();
    List<Node> kept = nodes.values().stream().filter(n -> needed.contains(n.name())).toList();
    kept.forEach(node -> node.inputs().forEach(in -> readers.merge(in, 1, Integer::sum)));
    Map<String, String> renamed = new HashMap<>();
    Map<String, Node> result = new LinkedHashMap<>();
    for (Node node : kept) {
      String read = node.inputs().get(0);
      Node producer = result.get(renamed.getOrDefault(read, read));
      Node merged = producer == null || readers.get(read) > 1 ? null : merge(producer, node);
      if (merged == null) {
        List<String> inputs =
            node.inputs().stream().map(in -> renamed.getOrDefault(in, in)).toList();
        result.put(node.name(), new Node(node.name(), node.operator(), node.activation(), inputs));
      } else {
        result.put(merged.name(), merged);
        renamed.put(node.name(), merged.name());
      }
    }
    return new Graph(input, shapes.get(input), new ArrayList<>(result.values()));
  }

  /** The producer that also does what the node does, or null where it cannot. */
  private static Node merge(Node producer, Node node) {
    if (PassThrough.is(node.operator())) {
      Activation first = producer.activation();
      Activation second = node.activation();
      Activation both = new Activation(second.apply(first.lower()), second.apply(first.upper()));
      return new Node(producer.name(), producer.operator(), both, producer.inputs());
    }
    if (!producer.activation().isNone()) {
      return null;
    }
    return Affine.merge(producer.operator(), node.operator())
        .map(operator -> new Node(producer.name(), operator, node.activation(), producer.inputs()))
        .orElse(null);
  }

  private Set<String> contributing(String output) {
    Set<String> seen = new HashSet<>(List.of(output));
    Deque<String> open = new ArrayDeque<>(seen);
    while (!open.isEmpty()) {
      Node node = nodes.get(open.pop());
      if (node != null) {
        node.inputs().stream().filter(seen::add).forEach(open::push);
      }
    }
    return seen;
  }
}
