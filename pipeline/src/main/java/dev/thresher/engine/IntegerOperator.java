package dev.thresher.engine;

import dev.thresher.network.Combine;
import dev.thresher.network.Layout;
import dev.thresher.network.Linear;
import dev.thresher.network.Operator;
import dev.thresher.network.Pointwise;
import dev.thresher.network.Reduce;
import dev.thresher.network.Window;
import dev.thresher.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * What a node computes on integers, with every constant that it needs: the one form that engines
 * run and files hold. One record a family; {@link Ratios} works out the ratios. With integers a, b
 * re-centred by their zero points and the output's zero point z:
 *
 * <pre>
 *   Weighted           clip(rint((float) (sum a w + bias_k) * multiplier_k) + z)
 *   add                clip(rint(a * ratio_0 + b * ratio_1) + z)
 *   global-average-pool  clip(rint((float) (sum a) * ratio) + z)
 *   pass-through       clip(rint(a * ratio) + z)
 *   flatten            a
 * </pre>
 */
public sealed interface IntegerOperator {
  /** The one name of its kind. */
  default String kind() {
    return operator().kind();
  }

  /** The float operator, its weights and biases zeros. */
  Operator operator();

  /** The integers of its weights; empty without weights. */
  default Optional<IntegerWeights> constants() {
    return Optional.empty();
  }

  /** What each input's steps are multiplied by; empty with weights, or where a grid is kept. */
  default List<Float> ratios() {
    return List.of();
  }

  /** Calls the visitor's method of the family. */
  <R> R accept(Visitor<R> visitor);

  /**
   * One method a family.
   *
   * @param <R> what is made of an operator
   */
  interface Visitor<R> {
    R weighted(Weighted operator);

    R mapped(Mapped operator);

    R combined(Combined operator);

    R reduced(Reduced operator);

    R moved(Moved operator);
  }

  /** {@link Linear}: sums of products with weights. */
  sealed interface Weighted extends IntegerOperator {
    /** The integers. */
    IntegerWeights weights();

    @Override
    default Optional<IntegerWeights> constants() {
      return Optional.of(weights());
    }

    /** One function a kind. */
    <R> R match(Function<Convolution, R> convolution, Function<FullyConnected, R> fullyConnected);

    @Override
    default <R> R accept(Visitor<R> visitor) {
      return visitor.weighted(this);
    }
  }

  /**
   * Dense, grouped or depthwise convolution; padding is with the input's zero point.
   *
   * @param weights [O, I / groups, kH, kW]
   */
  record Convolution(IntegerWeights weights, Window window, int groups) implements Weighted {
    @Override
    public String kind() {
      return Linear.Convolution.KIND;
    }

    @Override
    public Linear.Convolution operator() {
      return new Linear.Convolution(
          zeros(weights.shape()), zeros(weights.filters()), window, groups);
    }

    @Override
    public <R> R match(
        Function<Convolution, R> convolution, Function<FullyConnected, R> fullyConnected) {
      return convolution.apply(this);
    }
  }

  /**
   * Matrix times vector.
   *
   * @param weights [O, I]
   */
  record FullyConnected(IntegerWeights weights) implements Weighted {
    @Override
    public String kind() {
      return Linear.FullyConnected.KIND;
    }

    @Override
    public Linear.FullyConnected operator() {
      return new Linear.FullyConnected(zeros(weights.shape()), zeros(weights.filters()));
    }

    @Override
    public <R> R match(
        Function<Convolution, R> convolution, Function<FullyConnected, R> fullyConnected) {
      return fullyConnected.apply(this);
    }
  }

  /**
   * A function of one value.
   *
   * @param ratios steps of the input to steps of the output
   */
  record Mapped(Pointwise operator, List<Float> ratios) implements IntegerOperator {
    /** Copies the list. */
    public Mapped {
      ratios = List.copyOf(ratios);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.mapped(this);
    }
  }

  /**
   * One tensor of several.
   *
   * @param ratios of each input, its steps to steps of the output
   */
  record Combined(Combine operator, List<Float> ratios) implements IntegerOperator {
    /** Copies the list. */
    public Combined {
      ratios = List.copyOf(ratios);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.combined(this);
    }
  }

  /**
   * One value of several positions.
   *
   * @param ratios steps of the input to steps of the output, over the number of positions
   */
  record Reduced(Reduce operator, List<Float> ratios) implements IntegerOperator {
    /** Copies the list. */
    public Reduced {
      ratios = List.copyOf(ratios);
    }

    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.reduced(this);
    }
  }

  /** The same integers elsewhere; the grid is the input's. */
  record Moved(Layout operator) implements IntegerOperator {
    @Override
    public <R> R accept(Visitor<R> visitor) {
      return visitor.moved(this);
    }
  }

  /**
   * The integer form of a float operator.
   *
   * @param weights asked for by an operator that has some
   * @param ratios of its inputs
   */
  static IntegerOperator of(
      Operator operator, Supplier<IntegerWeights> weights, List<Float> ratios) {
    return operator.accept(
        new Operator.FoldedVisitor<>() {
          @Override
          public IntegerOperator linear(Linear linear) {
            return linear.match(
                conv -> new Convolution(weights.get(), conv.window(), conv.groups()),
                dense -> new FullyConnected(weights.get()));
          }

          @Override
          public IntegerOperator pointwise(Pointwise pointwise) {
            return new Mapped(pointwise, ratios);
          }

          @Override
          public IntegerOperator combine(Combine combine) {
            return new Combined(combine, ratios);
          }

          @Override
          public IntegerOperator reduce(Reduce reduce) {
            return new Reduced(reduce, ratios);
          }

          @Override
          public IntegerOperator layout(Layout layout) {
            return new Moved(layout);
          }
        });
  }

  private static Tensor zeros(int... shape) {
    int size = 1;
    for (int extent : shape) {
      size = Math.multiplyExact(size, extent);
    }
    return Tensor.of(new float[size], shape);
  }
}
