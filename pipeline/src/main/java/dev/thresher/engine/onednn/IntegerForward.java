package dev.thresher.engine.onednn;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.onednn.FusedConvolution.Output;
import dev.thresher.engine.onednn.vector.Requantization;
import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import dev.thresher.quantize.Quantizer;
import dev.thresher.tensor.FeatureShape;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** The integer forward pass, segment by segment, a few images at a time. */
final class IntegerForward {
  private final ThresholdedNetwork network;
  private final Map<String, CodeTensor> tensors = new LinkedHashMap<>();
  private final List<Segment> segments = new ArrayList<>();
  private final Workspace work;
  private final int room;

  /** For inference: what no later segment reads is kept of the images at work alone. */
  static IntegerForward codes(NativePlan plan, IntegerNetwork integers, int batch) {
    Function<Node, Output> output =
        node ->
            new Output.Codes(
                integers.quantizer(node.name()).zeroPoint(),
                integers.lower(node),
                integers.upper(node));
    return new IntegerForward(plan, integers.network(), batch, CodeTensor.Keep.CODES, output);
  }

  /** For training: codes and states of the whole batch are kept. */
  static IntegerForward states(NativePlan plan, ThresholdedNetwork network, int batch) {
    return new IntegerForward(
        plan, network, batch, CodeTensor.Keep.STATES, node -> new Output.Steps());
  }

  private IntegerForward(
      NativePlan plan,
      ThresholdedNetwork network,
      int batch,
      CodeTensor.Keep keep,
      Function<Node, Output> output) {
    this.network = network;
    Graph graph = network.graph();
    Flattening.check(graph);
    List<Chunks.Group> groups = Chunks.groups(graph, batch);
    this.room = Chunks.room(groups, batch);
    addTensor(plan, graph.input(), groups.get(0), keep);
    long elements = (long) graph.inputShape().size() * groups.get(0).images();
    for (Chunks.Group group : groups) {
      for (Node node : group.nodes()) {
        addTensor(plan, node.name(), group, keep);
        long size = (long) graph.shape(node.name()).size() * group.images();
        elements = Math.max(elements, size);
      }
    }
    this.work = new Workspace(plan, network, elements, graph.largestWeights());
    for (Chunks.Group group : groups) {
      List<IntegerStep> steps = new ArrayList<>();
      for (Node node : group.nodes()) {
        steps.add(step(plan, node, group.images(), output));
      }
      segments.add(new Segment(group.images(), steps));
    }
  }

  private void addTensor(NativePlan plan, String name, Chunks.Group group, CodeTensor.Keep keep) {
    FeatureShape extents = Flattening.extents(network.graph(), name);
    boolean atWork = keep == CodeTensor.Keep.CODES && group.alone(network.graph(), name);
    tensors.put(
        name,
        atWork
            ? new CodeTensor(plan, name, extents, group.images(), CodeTensor.Keep.CODES_AT_WORK)
            : new CodeTensor(plan, name, extents, room, keep));
  }

  private IntegerStep step(NativePlan plan, Node node, int images, Function<Node, Output> output) {
    CodeTensor out = tensors.get(node.name());
    List<CodeTensor> in = node.inputs().stream().map(this::tensor).toList();
    if (node.linear().isPresent()) {
      Geometry geometry = Geometry.of(node.weighted(), in.get(0).shape(), out.shape(), images);
      return new WeightedStep(plan, node, geometry, in.get(0), out, work, output.apply(node));
    }
    return ElementStep.of(node, images, in, out, work);
  }

  /** The tensor of a name. */
  CodeTensor tensor(String name) {
    return tensors.get(Flattening.source(network.graph(), name));
  }

  /** The quantized images. */
  CodeTensor input() {
    return tensors.get(network.graph().input());
  }

  /** The logits. */
  CodeTensor output() {
    return tensor(network.graph().output());
  }

  /** Every tensor, input first. */
  Iterable<CodeTensor> tensors() {
    return tensors.values();
  }

  List<Segment> segments() {
    return segments;
  }

  Workspace work() {
    return work;
  }

  /** Images that tensors of the whole batch have room for. */
  int room() {
    return room;
  }

  /** Takes over the grids, then lets each step take its constants. */
  void configure(IntegerNetwork integers) {
    configureGrids(integers);
    segments.forEach(segment -> segment.steps().forEach(step -> step.configure(integers)));
  }

  void configureGrids(IntegerNetwork integers) {
    tensors.values().forEach(tensor -> tensor.configure(integers));
  }

  /**
   * Runs some images, at most a batch; what is beyond them is filled with zeros.
   *
   * @param source normalised images
   * @param first index of the first image in the source
   * @param count images in use
   */
  void run(float[] source, int first, int count) {
    boolean isInput = true;
    for (Segment segment : segments) {
      for (int image = 0; image < count; image += segment.images()) {
        if (isInput) {
          load(source, first + image, Math.min(segment.images(), count - image), image);
        }
        for (IntegerStep step : segment.steps()) {
          step.forward(image);
        }
      }
      isInput = false;
    }
  }

  private void load(float[] source, int first, int count, int image) {
    CodeTensor input = input();
    int size = input.shape().size();
    int used = count * size;
    int n = segments.get(0).images() * size;
    ByteBuffer steps = work.accumulators().bytes();
    Requantization.divide(source, first * size, input.quantizer().scale(), steps, 0, used);
    for (int i = used; i < n; i++) {
      steps.putFloat(i * Float.BYTES, 0f);
    }
    input.write(steps, image, n);
  }

  /** Reads dequantized logits. */
  void readLogits(int count, float[] logits) {
    CodeTensor out = output();
    Quantizer quantizer = out.quantizer();
    int classes = out.shape().size();
    for (int i = 0; i < count * classes; i++) {
      logits[i] = quantizer.dequantize(out.codes().get(i) & 0xFF);
    }
  }

  long heapBytes() {
    return segments.stream()
        .flatMap(segment -> segment.steps().stream())
        .mapToLong(IntegerStep::heapBytes)
        .sum();
  }
}
