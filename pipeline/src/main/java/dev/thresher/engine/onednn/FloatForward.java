package dev.thresher.engine.onednn;

import dev.thresher.engine.onednn.vector.FloatMaps;
import dev.thresher.network.Activation;
import dev.thresher.network.Combine;
import dev.thresher.network.Graph;
import dev.thresher.network.Layout;
import dev.thresher.network.Linear;
import dev.thresher.network.Node;
import dev.thresher.network.Operator;
import dev.thresher.network.Pointwise;
import dev.thresher.network.Reduce;
import dev.thresher.tensor.FeatureShape;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The float forward pass of one chunk of images; tensors share memory once they are read. */
final class FloatForward implements AutoCloseable {
  /** Sees a node's result before its activation. */
  @FunctionalInterface
  interface Watcher {
    void see(String tensor, ByteBuffer values);
  }

  private final Graph graph;
  private final int chunk;
  private final boolean clampsApart;
  private final NativePlan plan = new NativePlan();
  private final Map<String, NativeBuffer> tensors = new HashMap<>();
  private final Map<String, FloatConvolution> convolutions = new HashMap<>();
  private final Map<String, Runnable> computations = new HashMap<>();

  /** With the activations inside the convolutions. */
  static FloatForward fused(Graph graph, int chunk) {
    return new FloatForward(graph, chunk, false);
  }

  /** With the activations apart, so that what comes before them can be seen. */
  static FloatForward watched(Graph graph, int chunk) {
    return new FloatForward(graph, chunk, true);
  }

  private FloatForward(Graph graph, int chunk, boolean clampsApart) {
    this.graph = graph;
    this.chunk = chunk;
    this.clampsApart = clampsApart;
    try {
      Flattening.check(graph);
      place();
      prepare();
    } catch (RuntimeException e) {
      plan.close();
      throw e;
    }
  }

  private void place() {
    Slots slots = new Slots();
    Map<String, Integer> places = new HashMap<>();
    List<Node> nodes = graph.nodes();
    for (int i = -1; i < nodes.size(); i++) {
      String name = i < 0 ? graph.input() : nodes.get(i).name();
      if (i < 0 || !Flattening.isName(nodes.get(i))) {
        long size = (long) graph.shape(name).size() * chunk;
        places.put(name, slots.place(size, i, lastRead(name)));
      }
    }
    List<NativeBuffer> buffers =
        slots.sizes().stream()
            .map(size -> plan.elements(size, Float.BYTES, "activations"))
            .toList();
    places.forEach((name, slot) -> tensors.put(name, buffers.get(slot)));
  }

  private int lastRead(String tensor) {
    int last = tensor.equals(graph.output()) ? Integer.MAX_VALUE - 1 : -1;
    for (Node reader : graph.consumers(tensor)) {
      int at = graph.nodes().indexOf(reader);
      last = Math.max(last, at);
      if (Flattening.isName(reader)) {
        last = Math.max(last, lastRead(reader.name()));
      }
    }
    return last;
  }

  private void prepare() {
    NativeBuffer plain = plan.elements(graph.largestWeights(), Float.BYTES, "weights");
    for (Node node : graph.nodes()) {
      node.linear().ifPresent(weighted -> addConvolution(node, weighted, plain));
    }
    plan.seal();
    graph.nodes().stream()
        .filter(node -> !Flattening.isName(node))
        .forEach(node -> computations.put(node.name(), computation(node)));
    convolutions.forEach(
        (name, convolution) -> convolution.load(graph.node(name).weighted(), plain));
  }

  private void addConvolution(Node node, Linear weighted, NativeBuffer plain) {
    String source = Flattening.source(graph, node.inputs().get(0));
    FeatureShape in = Flattening.extents(graph, source);
    Geometry geometry = Geometry.of(weighted, in, graph.shape(node.name()), chunk);
    Activation activation = clampsApart ? Activation.NONE : node.activation();
    convolutions.put(
        node.name(),
        new FloatConvolution(
            plan, geometry, weighted, activation, tensor(source), tensor(node.name()), plain));
  }

  private Runnable computation(Node node) {
    int n = graph.shape(node.name()).size() * chunk;
    ByteBuffer out = tensor(node.name()).bytes();
    ByteBuffer in = tensor(node.inputs().get(0)).bytes();
    Runnable copy = () -> out.put(0, in, 0, n * Float.BYTES);
    return node.operator()
        .accept(
            new Operator.FoldedVisitor<>() {
              @Override
              public Runnable linear(Linear linear) {
                return convolutions.get(node.name())::run;
              }

              @Override
              public Runnable pointwise(Pointwise pointwise) {
                return pointwise.match(identity -> copy);
              }

              @Override
              public Runnable combine(Combine combine) {
                ByteBuffer second = tensor(node.inputs().get(1)).bytes();
                return combine.match(add -> () -> FloatMaps.add(in, second, out, n));
              }

              @Override
              public Runnable reduce(Reduce reduce) {
                FeatureShape shape = Flattening.extents(graph, node.inputs().get(0));
                return reduce.match(mean -> () -> pool(shape, in, out));
              }

              @Override
              public Runnable layout(Layout layout) {
                return layout.match(flatten -> copy);
              }
            });
  }

  private NativeBuffer tensor(String name) {
    return tensors.get(Flattening.source(graph, name));
  }

  int chunk() {
    return chunk;
  }

  /** Runs the images from {@code first} on; the chunk is filled with zeros beyond {@code count}. */
  void run(float[] images, int first, int count, Watcher watcher) {
    int size = graph.inputShape().size();
    int used = Math.min(chunk, count - first) * size;
    ByteBuffer input = tensor(graph.input()).bytes();
    input.asFloatBuffer().put(0, images, first * size, used);
    for (int i = used; i < chunk * size; i++) {
      input.putFloat(i * Float.BYTES, 0f);
    }
    watcher.see(graph.input(), input);
    for (Node node : graph.nodes()) {
      if (!Flattening.isName(node)) {
        compute(node, watcher);
      }
    }
  }

  private void compute(Node node, Watcher watcher) {
    computations.get(node.name()).run();
    ByteBuffer out = tensor(node.name()).bytes();
    if (!graph.isView(node.name())) {
      watcher.see(node.name(), out);
    }
    boolean isClamped = !clampsApart && convolutions.containsKey(node.name());
    if (!isClamped && !node.activation().isNone()) {
      int n = graph.shape(node.name()).size() * chunk;
      FloatMaps.clamp(out, node.activation().lower(), node.activation().upper(), n);
    }
  }

  private void pool(FeatureShape shape, ByteBuffer in, ByteBuffer out) {
    int channels = shape.channels();
    for (int image = 0; image < chunk; image++) {
      for (int c = 0; c < channels; c++) {
        double sum = 0;
        for (int p = 0; p < shape.positions(); p++) {
          int at = (image * shape.positions() + p) * channels + c;
          sum += in.getFloat(at * Float.BYTES);
        }
        out.putFloat((image * channels + c) * Float.BYTES, (float) (sum / shape.positions()));
      }
    }
  }

  /** Copies the logits of the chunk's first images. */
  void readLogits(int first, int count, float[] logits) {
    int classes = graph.classes();
    int used = Math.min(chunk, count - first) * classes;
    tensor(graph.output()).bytes().asFloatBuffer().get(0, logits, first * classes, used);
  }

  long bytes() {
    return plan.bytes();
  }

  @Override
  public void close() {
    plan.close();
  }
}
