package dev.thresher.engine.onednn;

import dev.thresher.engine.IntegerNetwork;
import dev.thresher.engine.ScaleLayout.Block;
import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.onednn.vector.Gradients;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Straight-through gradients of every scale, from the last segment to the first. */
final class Backward {
  private final ThresholdedNetwork network;
  private final IntegerForward forward;
  private final Map<String, GradientTensor> tensors = new LinkedHashMap<>();
  private final Map<String, WeightedGradient> weighted = new LinkedHashMap<>();
  private final Map<String, GradientBuffer> passed = new HashMap<>();
  private final GradientBuffer logitGradients;
  private final WeightedGradient.Scratch scratch;

  Backward(NativePlan plan, ThresholdedNetwork network, IntegerForward forward) {
    this.network = network;
    this.forward = forward;
    for (CodeTensor tensor : forward.tensors()) {
      tensors.put(tensor.name(), new GradientTensor(tensor));
    }
    CodeTensor logits = forward.output();
    this.logitGradients = whole(plan, logits.shape().size());
    tensors.get(logits.name()).contribute(logitGradients);
    this.scratch = scratch(plan);
    connect(plan);
  }

  private GradientBuffer whole(NativePlan plan, int imageSize) {
    long size = (long) imageSize * forward.room();
    return new GradientBuffer(plan.elements(size, Gradients.BYTES, "gradients"), imageSize, true);
  }

  private WeightedGradient.Scratch scratch(NativePlan plan) {
    long largest = 0;
    long weights = 1;
    for (Segment segment : forward.segments()) {
      for (IntegerStep step : segment.steps()) {
        largest = Math.max(largest, step.elements());
        for (CodeTensor in : step.in()) {
          largest = Math.max(largest, (long) in.shape().size() * segment.images());
        }
        if (step instanceof WeightedStep convolution) {
          weights = Math.max(weights, convolution.weights().length);
        }
      }
    }
    return new WeightedGradient.Scratch(
        plan.elements(largest, Gradients.BYTES, "gradients"),
        plan.elements(largest, Gradients.BYTES, "values"),
        forward.work().plain(),
        new WeightConvolution.Parts(plan),
        plan.elements(weights, Float.BYTES, "weight gradients"));
  }

  /** Gives every node the buffers that its gradients go through, latest node first. */
  private void connect(NativePlan plan) {
    Map<String, Integer> producers = new HashMap<>();
    List<Segment> segments = forward.segments();
    for (int i = 0; i < segments.size(); i++) {
      for (IntegerStep step : segments.get(i).steps()) {
        producers.put(step.out().name(), i);
      }
    }
    for (int i = segments.size() - 1; i >= 0; i--) {
      connect(plan, i, producers);
    }
  }

  private void connect(NativePlan plan, int index, Map<String, Integer> producers) {
    Segment segment = forward.segments().get(index);
    List<IntegerStep> steps = segment.steps();
    Map<String, Integer> places = new HashMap<>();
    for (int i = 0; i < steps.size(); i++) {
      places.put(steps.get(i).out().name(), i);
    }
    int last = steps.size() - 1;
    Slots slots = new Slots();
    int[] slotOf = new int[steps.size()];
    for (int i = last; i >= 0; i--) {
      IntegerStep step = steps.get(i);
      if (!crosses(step, index, producers)) {
        int end = 0;
        for (CodeTensor in : step.in()) {
          end = Math.max(end, last - places.getOrDefault(in.name(), -1));
        }
        long size = (long) inputSize(step) * segment.images();
        slotOf[i] = slots.place(size, last - i, end);
      }
    }
    List<NativeBuffer> buffers =
        slots.sizes().stream()
            .map(size -> plan.elements(size, Gradients.BYTES, "gradients"))
            .toList();
    for (int i = last; i >= 0; i--) {
      IntegerStep step = steps.get(i);
      GradientBuffer gradient =
          crosses(step, index, producers)
              ? whole(plan, inputSize(step))
              : new GradientBuffer(buffers.get(slotOf[i]), inputSize(step), false);
      connect(plan, step, gradient);
    }
  }

  private static int inputSize(IntegerStep step) {
    return step.in().get(0).shape().size();
  }

  /** Whether a step reads a tensor that another segment writes; the input counts to the first. */
  private static boolean crosses(IntegerStep step, int index, Map<String, Integer> producers) {
    return step.in().stream().anyMatch(in -> producers.getOrDefault(in.name(), 0) != index);
  }

  private void connect(NativePlan plan, IntegerStep step, GradientBuffer inputGradient) {
    for (CodeTensor in : step.in()) {
      tensors.get(in.name()).contribute(inputGradient);
    }
    if (step instanceof WeightedStep convolution) {
      GradientTensor out = tensors.get(step.out().name());
      weighted.put(
          step.node().name(),
          new WeightedGradient(
              plan,
              convolution,
              out,
              inputGradient,
              scratch,
              forward.work().isShifted(convolution.in().get(0)),
              network.inputMeans(step.node().name())));
    } else {
      passed.put(step.node().name(), inputGradient);
    }
  }

  /** Takes over a network's constants, for forward and backward. */
  void configure(IntegerNetwork integers) {
    for (Segment segment : forward.segments()) {
      for (IntegerStep step : segment.steps()) {
        if (step instanceof WeightedStep) {
          weighted.get(step.node().name()).configure(integers);
        } else {
          step.configure(integers);
        }
      }
    }
  }

  /** Back-propagates a batch. */
  void run(float[] logitGradient, int count) {
    tensors.values().forEach(GradientTensor::clear);
    weighted.values().forEach(WeightedGradient::clear);
    int size = forward.output().shape().size();
    for (int i = 0; i < forward.room() * size; i++) {
      Gradients.put(i < count * size ? logitGradient[i] : 0f, logitGradients.bytes(), i);
    }
    List<Segment> segments = forward.segments();
    for (int i = segments.size() - 1; i >= 0; i--) {
      Segment segment = segments.get(i);
      for (int image = 0; image < count; image += segment.images()) {
        run(segment, image);
        if (i == 0) {
          GradientTensor input = tensors.get(forward.input().name());
          input.pass(image, segment.images(), scratch.outputGradient().bytes(), 0);
        }
      }
    }
  }

  private void run(Segment segment, int image) {
    List<IntegerStep> steps = segment.steps();
    for (int i = steps.size() - 1; i >= 0; i--) {
      IntegerStep step = steps.get(i);
      if (step instanceof ElementStep element) {
        element.back(
            tensors.get(step.out().name()),
            passed.get(step.node().name()),
            scratch.outputGradient().bytes(),
            image);
      } else {
        weighted.get(step.node().name()).run(image);
      }
    }
  }

  /** Writes the gradient of every scale. */
  void write(float[] scales, float[] gradient) {
    for (Block scaleBlock : network.layout().weights()) {
      weighted.get(scaleBlock.name()).write(network, scaleBlock, scales, gradient);
    }
    for (Block multipliers : network.layout().multipliers()) {
      weighted.get(multipliers.name()).writeMultipliers(network, multipliers, scales, gradient);
    }
    for (Block scaleBlock : network.layout().activations()) {
      network
          .activationThreshold(scaleBlock.name())
          .gradient(tensors.get(scaleBlock.name()).sums(), scales, gradient, scaleBlock.offset());
    }
  }
}
