package dev.thresher.network;

import dev.thresher.tensor.FeatureShape;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** Makes one tensor of several. */
public sealed interface Combine extends Operator {
  /** One function a kind. */
  <R> R match(Function<Add, R> add);

  @Override
  default <R> R accept(Visitor<R> visitor) {
    return visitor.combine(this);
  }

  /** The operator of a kind of this family. */
  static Optional<Combine> of(String kind) {
    return switch (kind) {
      case Add.KIND -> Optional.of(new Add());
      default -> Optional.empty();
    };
  }

  /** Elementwise sum of two tensors of one shape: the residual join. */
  record Add() implements Combine {
    /** Its kind. */
    public static final String KIND = "add";

    @Override
    public String kind() {
      return KIND;
    }

    @Override
    public int arity() {
      return 2;
    }

    @Override
    public FeatureShape outputShape(List<FeatureShape> in) {
      if (!in.get(0).equals(in.get(1))) {
        throw new IllegalArgumentException("the two summands must have one shape.");
      }
      return in.get(0);
    }

    @Override
    public boolean isNonNegative(BooleanSupplier inputsAre) {
      return inputsAre.getAsBoolean();
    }

    @Override
    public ChannelTie channelTie() {
      return ChannelTie.EQUAL;
    }

    @Override
    public <R> R match(Function<Add, R> add) {
      return add.apply(this);
    }
  }
}
