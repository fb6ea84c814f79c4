package dev.thresher.engine.onednn;

import dev.thresher.engine.ThresholdedNetwork;
import dev.thresher.engine.onednn.vector.WeightGrid;
import dev.thresher.quantize.ActivationThreshold;
import dev.thresher.quantize.ActivationThreshold.Asymmetric;
import dev.thresher.quantize.ActivationThreshold.Sign;
import dev.thresher.quantize.ActivationThreshold.Symmetric;

/** Buffers that the steps of a pass use one after the other. */
final class Workspace {
  private final ThresholdedNetwork network;
  private final NativeBuffer accumulators;
  private final NativeBuffer others;
  private final NativeBuffer spare;
  private final NativeBuffer plain;
  private final byte[] codes;
  private final byte[] residuals;
  private final byte[] signs;
  private final Blocks blocks;
  private final WeightGrid weightGrid;

  /**
   * Allocates.
   *
   * @param elements of the largest tensor, for a chunk
   * @param weights of the largest node
   * @param blockSize elements of the largest block
   */
  Workspace(
      NativePlan plan, ThresholdedNetwork network, long elements, int weights, int blockSize) {
    this.network = network;
    this.accumulators = plan.elements(elements, Integer.BYTES, "accumulators");
    this.others = plan.elements(elements, Integer.BYTES, "accumulators");
    this.spare = plan.elements(elements, Integer.BYTES, "accumulators");
    this.plain = plan.elements(weights, Byte.BYTES, "weights");
    this.codes = new byte[weights];
    this.residuals = new byte[weights];
    this.signs = new byte[weights];
    this.weightGrid = new WeightGrid(codes, residuals, signs);
    this.blocks = new Blocks(blockSize);
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

  /** Int32 sums of a convolution, or float32 steps of another node. */
  NativeBuffer accumulators() {
    return accumulators;
  }

  /** A second set of accumulators. */
  NativeBuffer others() {
    return others;
  }

  /** For the later parts of a convolution in parts. */
  NativeBuffer spare() {
    return spare;
  }

  /** Weights in the graph's order, about to be packed. */
  NativeBuffer plain() {
    return plain;
  }

  /** The heap arrays that blocks are copied to and from. */
  Blocks blocks() {
    return blocks;
  }

  long heapBytes() {
    return 3L * codes.length + blocks.heapBytes();
  }

  /** Quantizes; the results wait to be shown. */
  WeightGrid weightGrid() {
    return weightGrid;
  }

  /** Moves the codes of the weights last quantized to {@link #plain}. */
  void showCodes(int count) {
    plain.bytes().put(0, codes, 0, count);
  }

  /** Moves the residuals of the weights last quantized to {@link #plain}. */
  void showResiduals(int count) {
    plain.bytes().put(0, residuals, 0, count);
  }

  /** Moves the signs of the weights last quantized to {@link #plain}. */
  void showSigns(int count) {
    plain.bytes().put(0, signs, 0, count);
  }
}
