package dev.thresher.engine.onednn;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.ScaleLayout.Block;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.network.Operator.GlobalAveragePool;
import java.nio.FloatBuffer;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Straight-through gradients of every scale, a chunk of images at a time. */
final class Backward {
  private final ThresholdedNetwork network;
  private final IntegerForward forward;
  private final Map<String, GradientTensor> tensors = new LinkedHashMap<>();
  private final Map<String, WeightedGradient> weighted = new LinkedHashMap<>();
  private final Map<String, NativeBuffer> passed = new HashMap<>();
  private final NativeBuffer logitGradients;

  Backward(NativePlan plan, ThresholdedNetwork network, IntegerForward forward) {
    this.network = network;
    this.forward = forward;
    for (CodeTensor tensor : forward.tensors()) {
      tensors.put(tensor.name(), new GradientTensor(tensor));
    }
    CodeTensor logits = output();
    this.logitGradients = plan.elements(logits.chunkSize(), Float.BYTES, "logit gradients");
    tensors.get(logits.name()).contribute(logitGradients);
    connect(plan);
  }

  private CodeTensor output() {
    return forward.tensor(network.graph().output());
  }

  /** Gives every node the buffers that its gradients go through, latest node first. */
  private void connect(NativePlan plan) {
    List<IntegerStep> steps = forward.steps();
    Map<String, Integer> producers = new HashMap<>();
    for (int i = 0; i < steps.size(); i++) {
      producers.put(steps.get(i).out().name(), i);
    }
    int last = steps.size() - 1;
    Slots slots = new Slots();
    int[] places = new int[steps.size()];
    for (int i = last; i >= 0; i--) {
      int end = 0;
      long size = 0;
      for (CodeTensor in : inputs(steps.get(i))) {
        int producer = producers.getOrDefault(in.name(), -1);
        end = Math.max(end, last - producer);
        size = Math.max(size, in.chunkSize());
      }
      places[i] = slots.place(size, last - i, end);
    }
    List<NativeBuffer> buffers =
        slots.sizes().stream().map(size -> plan.elements(size, Float.BYTES, "gradients")).toList();
    long largest = tensors.values().stream().mapToLong(t -> t.codes().chunkSize()).max().orElse(0);
    NativeBuffer outputGradient = plan.elements(largest, Float.BYTES, "gradients");
    for (int i = last; i >= 0; i--) {
      connect(plan, steps.get(i), buffers.get(places[i]), outputGradient);
    }
  }

  private static List<CodeTensor> inputs(IntegerStep step) {
    if (step instanceof ElementStep element) {
      return element.in();
    } else if (step instanceof WeightedStep convolution) {
      return List.of(convolution.in());
    }
    throw new AssertionError(step);
  }

  private void connect(
      NativePlan plan, IntegerStep step, NativeBuffer inputGradient, NativeBuffer outputGradient) {
    for (CodeTensor in : inputs(step)) {
      tensors.get(in.name()).contribute(inputGradient);
    }
    if (step instanceof WeightedStep convolution) {
      weighted.put(
          step.node().name(),
          new WeightedGradient(
              plan,
              convolution,
              forward.work(),
              tensors.get(step.out().name()),
              outputGradient,
              inputGradient));
    } else {
      passed.put(step.node().name(), inputGradient);
    }
  }

  long heapBytes() {
    return weighted.values().stream().mapToLong(WeightedGradient::heapBytes).sum();
  }

  /** Takes over a network's constants, for forward and backward. */
  void configure(IntegerNetwork integers) {
    for (IntegerStep step : forward.steps()) {
      if (step instanceof WeightedStep) {
        weighted.get(step.node().name()).configure(integers);
      } else {
        step.configure(integers);
      }
    }
  }

  void clear() {
    tensors.values().forEach(GradientTensor::clear);
    weighted.values().forEach(WeightedGradient::clear);
  }

  /** Back-propagates one chunk. */
  void run(float[] logitGradient, int first, int count, int chunk) {
    int classes = output().shape().size();
    int used = Math.min(forward.chunk(), count - first) * classes;
    FloatBuffer floats = logitGradients.floats();
    floats.put(0, logitGradient, first * classes, used);
    for (int i = used; i < forward.chunk() * classes; i++) {
      floats.put(i, 0f);
    }
    List<IntegerStep> steps = forward.steps();
    for (int i = steps.size() - 1; i >= 0; i--) {
      IntegerStep step = steps.get(i);
      if (step instanceof ElementStep element) {
        element(element, chunk);
      } else {
        weighted.get(step.node().name()).run(chunk);
      }
    }
    pass(tensors.values().iterator().next(), chunk, (at, n) -> {});
  }

  @FunctionalInterface
  private interface BlockSink {
    void take(int at, int n);
  }

  private void pass(GradientTensor tensor, int chunk, BlockSink sink) {
    int n = tensor.codes().chunkSize();
    int size = Blocks.size(tensor.codes().shape().channels());
    for (int at = 0; at < n; at += size) {
      int length = Math.min(size, n - at);
      tensor.passBlock(chunk, at, length, forward.work().blocks());
      sink.take(at, length);
    }
  }

  private void element(ElementStep step, int chunk) {
    GradientTensor out = tensors.get(step.out().name());
    FloatBuffer target = passed.get(step.node().name()).floats();
    boolean pools = step.node().operator() instanceof GlobalAveragePool;
    FloatBuffer sink = pools ? forward.work().accumulators().floats() : target;
    float[] values = forward.work().blocks().floats;
    pass(out, chunk, (at, n) -> sink.put(at, values, 0, n));
    if (pools) {
      spread(step, sink, target);
    }
  }

  /** The mean's gradient goes to every position alike. */
  private void spread(ElementStep step, FloatBuffer pooled, FloatBuffer target) {
    CodeTensor in = step.in().get(0);
    int channels = in.shape().channels();
    int positions = in.shape().positions();
    for (int image = 0; image < forward.chunk(); image++) {
      for (int p = 0; p < positions; p++) {
        int row = (image * positions + p) * channels;
        for (int c = 0; c < channels; c++) {
          float g = pooled.get(image * channels + c) / positions;
          target.put(row + c, g);
        }
      }
    }
  }

  /** Writes the gradient of every scale. */
  void write(float[] scales, float[] gradient) {
    for (Block scaleBlock : network.layout().weights()) {
      weighted.get(scaleBlock.name()).write(network, scaleBlock, scales, gradient);
    }
    for (Block scaleBlock : network.layout().activations()) {
      network
          .activationThreshold(scaleBlock.name())
          .gradient(tensors.get(scaleBlock.name()).sums(), scales, gradient, scaleBlock.offset());
    }
  }
}
