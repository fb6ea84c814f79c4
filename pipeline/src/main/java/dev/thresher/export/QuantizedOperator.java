package dev.thresher.export;

import dev.thresher.network.Window;

/**
 * What a node of a quantized model computes, with every constant that it needs. With integers a, b
 * re-centred by their zero points and the output's zero point z:
 *
 * <pre>
 *   Weighted           clip(rint((float) (sum a w + bias_k) * multiplier_k) + z)
 *   Add                clip(rint(a * first + b * second) + z)
 *   GlobalAveragePool  clip(rint((float) (sum a) * multiplier) + z)
 *   PassThrough        clip(rint(a * multiplier) + z)
 *   Flatten            a
 * </pre>
 */
public sealed interface QuantizedOperator {
  /** An operator with weights. */
  sealed interface Weighted extends QuantizedOperator {
    /** The integers. */
    IntegerWeights weights();
  }

  /**
   * Dense, grouped or depthwise convolution; padding is with the input's zero point.
   *
   * @param weights [O, I / groups, kH, kW]
   */
  record Convolution(IntegerWeights weights, Window window, int groups) implements Weighted {}

  /**
   * Matrix times vector.
   *
   * @param weights [O, I]
   */
  record FullyConnected(IntegerWeights weights) implements Weighted {}

  /**
   * Sum of two tensors.
   *
   * @param first steps of the first input to steps of the output
   * @param second steps of the second input to steps of the output
   */
  record Add(float first, float second) implements QuantizedOperator {}

  /**
   * Mean over H and W.
   *
   * @param multiplier steps of the input to steps of the output, over H * W
   */
  record GlobalAveragePool(float multiplier) implements QuantizedOperator {}

  /**
   * The identity, on another grid or clamped.
   *
   * @param multiplier steps of the input to steps of the output
   */
  record PassThrough(float multiplier) implements QuantizedOperator {}

  /** The same integers as a vector, channel first; its grid is its input's. */
  record Flatten() implements QuantizedOperator {}
}
