package dev.thresher.engine.onednn;

import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.onednn.vector.WeightGrid;
import dev.thresher.quantize.ActivationThreshold;
import dev.thresher.quantize.ActivationThreshold.Asymmetric;
import dev.thresher.quantize.ActivationThreshold.Sign;
import dev.thresher.quantize.ActivationThreshold.Symmetric;

/** Buffers that the steps of a pass use one after the other. */
final class Workspace {
  private final NativePlan plan;
  private final ThresholdedNetwork network;
  private final long elements;
  private final NativeBuffer accumulators;
  private final NativeBuffer plain;
  private final WeightGrid weightGrid;
  private NativeBuffer spare;

  /**
   * Allocates.
   *
   * @param elements of the largest tensor, for the images at once
   * @param weights of the largest node
   */
  Workspace(NativePlan plan, ThresholdedNetwork network, long elements, int weights) {
    this.plan = plan;
    this.network = network;
    this.elements = elements;
    this.accumulators = plan.elements(elements, Integer.BYTES, "accumulators");
    this.plain = plan.elements(weights, Byte.BYTES, "weights");
    this.weightGrid = new WeightGrid(plain.bytes());
  }

  /** Whether a tensor's zero may be another code than 0. */
  boolean isShifted(CodeTensor tensor) {
    ActivationThreshold threshold = network.activationThreshold(tensor.name());
    if (threshold instanceof Asymmetric asymmetric) {
      return asymmetric.range().min() < 0;
    } else if (threshold instanceof Symmetric symmetric) {
      return symmetric.sign() == Sign.SIGNED;
    }
    throw new AssertionError(threshold);
  }

  /** Int32 sums of a convolution, or float32 steps. */
  NativeBuffer accumulators() {
    return accumulators;
  }

  /** As large; for the later parts of a convolution in parts. */
  NativeBuffer spare() {
    if (spare == null) {
      spare = plan.elements(elements, Integer.BYTES, "accumulators");
    }
    return spare;
  }

  /** Weights in the graph's order, about to be packed. */
  NativeBuffer plain() {
    return plain;
  }

  /** Quantizes into {@link #plain}. */
  WeightGrid weightGrid() {
    return weightGrid;
  }
}
