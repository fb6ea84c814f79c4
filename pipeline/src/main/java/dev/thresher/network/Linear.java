package dev.thresher.network;

import dev.thresher.tensor.FeatureShape;
import dev.thresher.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** Sums of products with weights, and one bias per output filter: what is quantized per filter. */
public sealed interface Linear extends Operator {
  /** Weights; the first extent counts the output filters. */
  Tensor weights();

  /** One bias per output filter. */
  Tensor bias();

  /** The same operator with other constants of the same shapes. */
  Linear with(Tensor weights, Tensor bias);

  /** The same map as a convolution of inputs of some extents. */
  Convolution asConvolution(FeatureShape in);

  /** How its kernel moves. */
  Window window();

  /** One function a kind. */
  <R> R match(Function<Convolution, R> convolution, Function<FullyConnected, R> fullyConnected);

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

  /** One input channel per group and as many filters as channels. */
  default boolean isDepthwise() {
    return false;
  }

  @Override
  default boolean isNonNegative(BooleanSupplier inputsAre) {
    return false;
  }

  @Override
  default ChannelTie channelTie() {
    return ChannelTie.FREE;
  }

  @Override
  default <R> R accept(Visitor<R> visitor) {
    return visitor.linear(this);
  }

  /** The operator, if it is of this family. */
  static Optional<Linear> of(Operator operator) {
    return operator instanceof Linear linear ? Optional.of(linear) : Optional.empty();
  }

  /** The operator of a kind of this family. */
  static Optional<Linear> of(String kind, OperatorParts parts) {
    return switch (kind) {
      case Convolution.KIND -> Optional.of(Convolution.of(parts));
      case FullyConnected.KIND ->
          Optional.of(new FullyConnected(parts.constant(0), parts.constant(1)));
      default -> Optional.empty();
    };
  }

  /**
   * Dense, grouped or depthwise convolution (cross-correlation, as every framework has it).
   *
   * @param weights [O, I / groups, kH, kW]
   * @param bias [O]
   * @param window strides, pads, dilations
   * @param groups groups of channels; depthwise where groups = I = O
   */
  record Convolution(Tensor weights, Tensor bias, Window window, int groups) implements Linear {
    /** Its kind. */
    public static final String KIND = "convolution";

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

    private static Convolution of(OperatorParts parts) {
      return new Convolution(
          parts.constant(0), parts.constant(1), Window.of(parts), parts.integer("groups"));
    }

    /** The operator, if it is a convolution. */
    public static Optional<Convolution> of(Operator operator) {
      return operator instanceof Convolution same ? Optional.of(same) : Optional.empty();
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

    @Override
    public boolean isDepthwise() {
      return groups > 1 && weights.extent(1) == 1 && filters() == groups;
    }

    /** A dense 1 x 1 kernel, whatever its stride. */
    public boolean isPointwise() {
      return groups == 1 && kernelHeight() == 1 && kernelWidth() == 1;
    }

    @Override
    public String kind() {
      return KIND;
    }

    @Override
    public String label() {
      return isDepthwise() ? "depthwise" : isPointwise() ? "pointwise" : KIND;
    }

    @Override
    public FeatureShape outputShape(List<FeatureShape> in) {
      FeatureShape x = in.get(0);
      requireChannels(inputChannels(), x.channels());
      return new FeatureShape(
          filters(),
          window.outputHeight(x.height(), kernelHeight()),
          window.outputWidth(x.width(), kernelWidth()));
    }

    @Override
    public OperatorParts parts() {
      return window.addTo(OperatorParts.of(weights, bias).with("groups", groups));
    }

    @Override
    public Convolution with(Tensor newWeights, Tensor newBias) {
      return new Convolution(newWeights, newBias, window, groups);
    }

    @Override
    public Convolution asConvolution(FeatureShape in) {
      return this;
    }

    @Override
    public <R> R match(
        Function<Convolution, R> convolution, Function<FullyConnected, R> fullyConnected) {
      return convolution.apply(this);
    }
  }

  /**
   * {@code y = W x + b} on a vector.
   *
   * @param weights [O, I]
   * @param bias [O]
   */
  record FullyConnected(Tensor weights, Tensor bias) implements Linear {
    /** Its kind. */
    public static final String KIND = "fully-connected";

    /** Refuses weights that are not [O, I], or a bias that is not [O]. */
    public FullyConnected {
      if (weights.rank() != 2) {
        throw new IllegalArgumentException(
            "Cannot multiply by weights " + weights + ": two extents [O, I] are needed.");
      }
      checkBias(weights, bias);
    }

    /** Whether an operator's output is a vector, which needs no step from a map before it. */
    static boolean readsVectorOf(Operator operator) {
      return operator instanceof FullyConnected || operator instanceof Layout.Flatten;
    }

    @Override
    public String kind() {
      return KIND;
    }

    @Override
    public FeatureShape outputShape(List<FeatureShape> in) {
      requireChannels(weights.extent(1), in.get(0).size());
      return new FeatureShape(filters(), 1, 1);
    }

    @Override
    public OperatorParts parts() {
      return OperatorParts.of(weights, bias);
    }

    @Override
    public FullyConnected with(Tensor newWeights, Tensor newBias) {
      return new FullyConnected(newWeights, newBias);
    }

    @Override
    public Window window() {
      return Window.UNIT;
    }

    /** Its kernel covers its input. */
    @Override
    public Convolution asConvolution(FeatureShape in) {
      Tensor kernel =
          Tensor.of(weights.values(), filters(), in.channels(), in.height(), in.width());
      return new Convolution(kernel, bias, Window.UNIT, 1);
    }

    @Override
    public <R> R match(
        Function<Convolution, R> convolution, Function<FullyConnected, R> fullyConnected) {
      return fullyConnected.apply(this);
    }
  }

  private static void requireChannels(int wanted, int given) {
    if (wanted != given) {
      throw new IllegalArgumentException(
          "the weights are for " + wanted + " input channels, the input has " + given + ".");
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
