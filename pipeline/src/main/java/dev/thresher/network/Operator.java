package dev.thresher.network;

import dev.thresher.tensor.FeatureShape;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;

/**
 * What a node computes, for one image at a time. Feature maps are [C, H, W]; a vector of n features
 * is [n, 1, 1].
 *
 * <p>Every operator belongs to one family, and what other packages have to know of it stands here
 * as a fact. Who must compute families differently does so by a {@link Visitor}, and kinds of one
 * family by that family's {@code match}: both have no default, so that the compiler finds every
 * place that a new one has to be thought of.
 */
public sealed interface Operator
    permits Linear, Pointwise, Combine, Reduce, Layout, BatchNormalization {
  /** The one name of its kind, in files and messages: lower case, words joined by hyphens. */
  String kind();

  /** What tables call it: its kind, or what it is called by the way it is made. */
  default String label() {
    return kind();
  }

  /** Number of tensors that the operator reads. */
  default int arity() {
    return 1;
  }

  /**
   * Extents of the output.
   *
   * @param in extents of the inputs
   * @throws IllegalArgumentException saying why the inputs do not fit
   */
  FeatureShape outputShape(List<FeatureShape> in);

  /** What files keep of it beside its kind; {@link #of} makes the same operator of both. */
  default OperatorParts parts() {
    return OperatorParts.NONE;
  }

  /**
   * Whether its output is on its input's grid: it moves or chooses integers, and rounds nothing. An
   * operator that does not has a grid, and a threshold, of its own.
   */
  default boolean keepsGrid() {
    return false;
  }

  /**
   * Whether its output is its input's values under other extents, nothing moved in [H, W, C] where
   * it has one position. Passes do not show it: it is seen at its input.
   */
  default boolean isView() {
    return false;
  }

  /**
   * Whether no value before the activation can be negative.
   *
   * @param inputsAre whether no value of any input can be
   */
  boolean isNonNegative(BooleanSupplier inputsAre);

  /** How factors of its inputs' channels and of its output's depend on each other. */
  ChannelTie channelTie();

  /** Calls the visitor's method of the family. */
  <R> R accept(Visitor<R> visitor);

  /** How channels may be scaled around an operator. */
  enum ChannelTie {
    /** Weights stand between, which take up any factor. */
    FREE,
    /** Channel k of every input and of the output have one factor. */
    EQUAL
  }

  /**
   * One method a family.
   *
   * @param <R> what is made of an operator
   */
  interface Visitor<R> {
    R linear(Linear operator);

    R pointwise(Pointwise operator);

    R combine(Combine operator);

    R reduce(Reduce operator);

    R layout(Layout operator);

    R normalization(BatchNormalization operator);
  }

  /**
   * One method a family of a folded network.
   *
   * @param <R> what is made of an operator
   */
  interface FoldedVisitor<R> extends Visitor<R> {
    @Override
    default R normalization(BatchNormalization operator) {
      throw new IllegalArgumentException(
          "Cannot run a batch normalization: fold it into the layer before it first.");
    }
  }

  /**
   * The operator that files mean.
   *
   * @param kind as {@link #kind()} has it
   * @throws IllegalArgumentException for an unknown kind, or for parts that do not make one
   */
  static Operator of(String kind, OperatorParts parts) {
    Stream<Optional<? extends Operator>> families =
        Stream.of(
            Linear.of(kind, parts),
            Pointwise.of(kind),
            Combine.of(kind),
            Reduce.of(kind),
            Layout.of(kind),
            BatchNormalization.of(kind, parts));
    return families
        .flatMap(Optional::stream)
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("unknown operator " + kind + "."));
  }
}
