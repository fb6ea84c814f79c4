package dev.thresher.engine.onednn;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.onednn.vector.Requantization;
import dev.thresher.network.Graph;
import dev.thresher.network.Node;
import dev.thresher.network.Operator.Weighted;
import dev.thresher.quantize.Quantizer;
import dev.thresher.tensor.FeatureShape;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The integer forward pass, a chunk of images at a time so that what is between two nodes stays in
 * the processor's caches.
 */
final class IntegerForward {
  private final ThresholdedNetwork network;
  private final Map<String, CodeTensor> tensors = new LinkedHashMap<>();
  private final List<IntegerStep> steps = new ArrayList<>();
  private final Workspace work;
  private final int chunk;

  /** Builds the plan's steps for {@code batch} images, {@code chunk} at a time. */
  IntegerForward(
      NativePlan plan, ThresholdedNetwork network, int batch, int chunk, CodeTensor.Keep keep) {
    this.network = network;
    this.chunk = chunk;
    Graph graph = network.graph();
    Flattening.check(graph);
    int chunks = keep == CodeTensor.Keep.STATES ? Chunks.count(batch, chunk) : 1;
    addTensor(plan, graph.input(), chunks, keep);
    for (Node node : graph.nodes()) {
      if (!Flattening.isName(node)) {
        addTensor(plan, node.name(), chunks, keep);
      }
    }
    long elements = (long) Chunks.largest(graph) * chunk;
    this.work = new Workspace(plan, network, elements, largestWeights(graph), largestBlock());
    for (Node node : graph.nodes()) {
      if (!Flattening.isName(node)) {
        steps.add(step(plan, node));
      }
    }
  }

  private void addTensor(NativePlan plan, String name, int chunks, CodeTensor.Keep keep) {
    FeatureShape extents = Flattening.extents(network.graph(), name);
    tensors.put(name, new CodeTensor(plan, name, extents, chunk, chunks, keep));
  }

  private int largestBlock() {
    int largest = Blocks.size(1);
    for (CodeTensor tensor : tensors.values()) {
      largest = Math.max(largest, Blocks.size(tensor.shape().channels()));
    }
    return largest;
  }

  private static int largestWeights(Graph graph) {
    int largest = 0;
    for (Node node : graph.nodes()) {
      if (node.operator() instanceof Weighted weighted) {
        largest = Math.max(largest, weighted.weights().size());
      }
    }
    return largest;
  }

  private IntegerStep step(NativePlan plan, Node node) {
    CodeTensor out = tensors.get(node.name());
    List<CodeTensor> in = node.inputs().stream().map(this::tensor).toList();
    if (node.operator() instanceof Weighted weighted) {
      FeatureShape shape = in.get(0).shape();
      Geometry geometry = Geometry.of(weighted, shape, out.shape(), chunk);
      return new WeightedStep(plan, node, geometry, in.get(0), out, work);
    }
    return new ElementStep(node, in, out, work);
  }

  /** The tensor of a name. */
  CodeTensor tensor(String name) {
    return tensors.get(Flattening.source(network.graph(), name));
  }

  /** Every tensor, input first. */
  Iterable<CodeTensor> tensors() {
    return tensors.values();
  }

  List<IntegerStep> steps() {
    return steps;
  }

  Workspace work() {
    return work;
  }

  int chunk() {
    return chunk;
  }

  /** Takes over the grids, then lets each step take its constants. */
  void configure(IntegerNetwork integers) {
    configureGrids(integers);
    steps.forEach(step -> step.configure(integers));
  }

  void configureGrids(IntegerNetwork integers) {
    tensors.values().forEach(tensor -> tensor.configure(integers));
  }

  /**
   * Runs the images of one chunk.
   *
   * @param first index of the chunk's first image
   * @param count images in use; beyond them the chunk is filled with zeros
   * @param slot chunk of the tensors to write
   */
  void run(float[] source, int first, int count, int slot) {
    CodeTensor input = tensors.values().iterator().next();
    int size = input.shape().size();
    int used = Math.min(chunk, count - first) * size;
    FloatBuffer scaled = work.accumulators().floats();
    Blocks block = work.blocks();
    int length = Blocks.size(1);
    for (int at = 0; at < input.chunkSize(); at += length) {
      int n = Math.min(length, input.chunkSize() - at);
      int real = Math.max(0, Math.min(n, used - at));
      // Beyond the last image the source may end before the chunk does.
      System.arraycopy(source, real == 0 ? 0 : first * size + at, block.floats, 0, real);
      java.util.Arrays.fill(block.floats, real, n, 0f);
      Requantization.divide(block.floats, input.quantizer().scale(), n);
      scaled.put(at, block.floats, 0, n);
    }
    ElementStep.writeCodes(input, scaled, slot, block);
    for (IntegerStep step : steps) {
      step.forward(slot);
    }
  }

  /** Reads dequantized logits of one chunk. */
  void readLogits(int slot, int first, int count, float[] logits) {
    CodeTensor out = tensor(network.graph().output());
    Quantizer quantizer = out.quantizer();
    int classes = out.shape().size();
    int used = Math.min(chunk, count - first) * classes;
    for (int i = 0; i < used; i++) {
      int code = out.codes().get(out.start(slot) + i) & 0xFF;
      logits[first * classes + i] = quantizer.dequantize(code);
    }
  }

  long heapBytes() {
    return work.heapBytes() + steps.stream().mapToLong(IntegerStep::heapBytes).sum();
  }
}
