package dev.thresher.export.tflite;

import dev.thresher.engine.IntegerWeights;

/**
 * What TFLite computes on int8; tensors are [batch, H, W, C]. Weights are kept as the model has
 * them, [O, I / groups, kH, kW] with one scale per filter; the file and the kernels order them
 * their own way.
 */
public sealed interface Int8Operator {
  /** Calls the visitor's method of the operator. */
  <R> R accept(Visitor<R> visitor);

  /**
   * One method an operator.
   *
   * @param <R> what is made of an operator
   */
  interface Visitor<R> {
    R convolution(Convolution operator);

    R depthwise(DepthwiseConvolution operator);

    R add(Add operator);

    R mean(Mean operator);

    R requantize(Requantize operator);

    R pad(Pad operator);

    R maximum(Maximum operator);

    R minimum(Minimum operator);

    R channelsFirst(ChannelsFirst operator);

    R reshape(Reshape operator);
  }

  /** An operator with weights and a fused clamp. */
  sealed interface Weighted extends Int8Operator {
    /** The integers; multipliers are not those of TFLite and go unused. */
    IntegerWeights weights();

    /** The clamp. */
    Fused fused();
  }

  /**
   * CONV_2D: dense or grouped. What multiplies a vector is one too, its kernel as large as the map:
   * the specification gives FULLY_CONNECTED one scale for all filters, older runtimes read no more
   * of them, and its rounding is not the same in all versions.
   */
  record Convolution(IntegerWeights weights, Kernel kernel, int groups, Fused fused)
      implements Weighted {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.convolution(this);
    }
  }

  /** DEPTHWISE_CONV_2D: one input channel for each filter, the same for several in a row. */
  record DepthwiseConvolution(IntegerWeights weights, Kernel kernel, Fused fused)
      implements Weighted {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.depthwise(this);
    }
  }

  /** ADD of two tensors of one shape. */
  record Add(Fused fused) implements Int8Operator {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.add(this);
    }
  }

  /** MEAN over H and W, which stay as extents of 1. */
  record Mean() implements Int8Operator {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.mean(this);
    }
  }

  /** QUANTIZE from int8 to int8: the same real values on another grid. */
  record Requantize() implements Int8Operator {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.requantize(this);
    }
  }

  /** PAD with the zero point; the numbers are rows and columns. */
  record Pad(int top, int left, int bottom, int right) implements Int8Operator {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.pad(this);
    }
  }

  /** MAXIMUM of each element and a constant. */
  record Maximum(int code) implements Int8Operator {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.maximum(this);
    }
  }

  /** MINIMUM of each element and a constant. */
  record Minimum(int code) implements Int8Operator {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.minimum(this);
    }
  }

  /** TRANSPOSE [0, 3, 1, 2]: channel first. */
  record ChannelsFirst() implements Int8Operator {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.channelsFirst(this);
    }
  }

  /** RESHAPE to the output's extents. */
  record Reshape() implements Int8Operator {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.reshape(this);
    }
  }
}
