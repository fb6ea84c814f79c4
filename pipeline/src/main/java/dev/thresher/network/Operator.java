package dev.thresher.network;

import dev.thresher.tensor.Tensor;

/**
 * What a node computes, for one image at a time. Feature maps are [C, H, W]; a vector of n features
 * is [n, 1, 1].
 */
public sealed interface Operator {
  /** Number of tensors that the operator reads. */
  int arity();

  /** An operator with weights and one bias per output filter: what is quantized per filter. */
  sealed interface Weighted extends Operator {
    /** Weights; the first extent counts the output filters. */
    Tensor weights();

    /** One bias per output filter. */
    Tensor bias();

    @Override
    default int arity() {
      return 1;
    }

    /** Output filters. */
    default int filters() {
      return weights().extent(0);
    }

    /** Weights of one filter. */
    default int filterSize() {
      return weights().size() / filters();
    }

    /** Groups of channels, each read by filters of its own. */
    default int groups() {
      return 1;
    }

    /** The same operator with other constants of the same shapes. */
    Weighted with(Tensor weights, Tensor bias);
  }

  /**
   * Dense, grouped or depthwise convolution (cross-correlation, as every framework has it).
   *
   * @param weights [O, I / groups, kH, kW]
   * @param bias [O]
   * @param window strides, pads, dilations
   * @param groups groups of channels; depthwise where groups = I = O
   */
  record Convolution(Tensor weights, Tensor bias, Window window, int groups) implements Weighted {
    /** Refuses weights that are not [O, I / groups, kH, kW], or a bias that is not [O]. */
    public Convolution {
      if (weights.rank() != 4) {
        throw new IllegalArgumentException(
            "Cannot convolve with weights "
                + weights
                + ": four extents [O, I / groups, kH, kW] are needed.");
      }
      checkBias(weights, bias);
      if (groups < 1 || weights.extent(0) % groups != 0) {
        throw new IllegalArgumentException(
            "Cannot split "
                + weights.extent(0)
                + " filters into "
                + groups
                + " groups: the groups must divide them.");
      }
    }

    /** Rows of the kernel. */
    public int kernelHeight() {
      return weights.extent(2);
    }

    /** Columns of the kernel. */
    public int kernelWidth() {
      return weights.extent(3);
    }

    /** Input channels that the operator reads, I. */
    public int inputChannels() {
      return weights.extent(1) * groups;
    }

    /** One input channel per group and as many filters as channels. */
    public boolean isDepthwise() {
      return groups > 1 && weights.extent(1) == 1 && filters() == groups;
    }

    /** A dense 1 x 1 kernel, whatever its stride. */
    public boolean isPointwise() {
      return groups == 1 && kernelHeight() == 1 && kernelWidth() == 1;
    }

    @Override
    public Convolution with(Tensor newWeights, Tensor newBias) {
      return new Convolution(newWeights, newBias, window, groups);
    }
  }

  /**
   * {@code y = W x + b} on a vector.
   *
   * @param weights [O, I]
   * @param bias [O]
   */
  record FullyConnected(Tensor weights, Tensor bias) implements Weighted {
    /** Refuses weights that are not [O, I], or a bias that is not [O]. */
    public FullyConnected {
      if (weights.rank() != 2) {
        throw new IllegalArgumentException(
            "Cannot multiply by weights " + weights + ": two extents [O, I] are needed.");
      }
      checkBias(weights, bias);
    }

    @Override
    public FullyConnected with(Tensor newWeights, Tensor newBias) {
      return new FullyConnected(newWeights, newBias);
    }
  }

  /**
   * {@code y = gamma (x - mean) / sqrt(variance + epsilon) + beta} per channel.
   *
   * @param gamma [C]
   * @param beta [C]
   * @param mean [C]
   * @param variance [C], not negative
   * @param epsilon added to the variance
   */
  record BatchNormalization(Tensor gamma, Tensor beta, Tensor mean, Tensor variance, double epsilon)
      implements Operator {
    /** Refuses vectors of different lengths. */
    public BatchNormalization {
      if (gamma.size() != beta.size()
          || gamma.size() != mean.size()
          || gamma.size() != variance.size()) {
        throw new IllegalArgumentException(
            "Cannot normalize: gamma has "
                + gamma.size()
                + " channels, beta "
                + beta.size()
                + ", mean "
                + mean.size()
                + ", variance "
                + variance.size()
                + "; they must agree.");
      }
    }

    @Override
    public int arity() {
      return 1;
    }
  }

  /** Elementwise sum of two tensors of one shape: the residual join. */
  record Add() implements Operator {
    @Override
    public int arity() {
      return 2;
    }
  }

  /** Mean over H and W: [C, H, W] to [C, 1, 1]. */
  record GlobalAveragePool() implements Operator {
    @Override
    public int arity() {
      return 1;
    }
  }

  /**
   * [C, H, W] to [C * H * W, 1, 1] in channel-first order; the importer admits it only where H = W
   * = 1, so that memory layouts do not matter.
   */
  record Flatten() implements Operator {
    @Override
    public int arity() {
      return 1;
    }
  }

  /** The identity: carries an activation that could not be fused into its producer. */
  record PassThrough() implements Operator {
    @Override
    public int arity() {
      return 1;
    }
  }

  private static void checkBias(Tensor weights, Tensor bias) {
    if (bias.size() != weights.extent(0)) {
      throw new IllegalArgumentException(
          "Cannot add a bias of "
              + bias.size()
              + " values to "
              + weights.extent(0)
              + " filters: one bias per filter is needed.");
    }
  }
}
