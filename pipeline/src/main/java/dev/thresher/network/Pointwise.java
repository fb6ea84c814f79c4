package dev.thresher.network;

import dev.thresher.tensor.FeatureShape;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** A function of one value, the same everywhere. */
public sealed interface Pointwise extends Operator {
  /** One function a kind. */
  <R> R match(Function<PassThrough, R> passThrough);

  @Override
  default FeatureShape outputShape(List<FeatureShape> in) {
    return in.get(0);
  }

  @Override
  default <R> R accept(Visitor<R> visitor) {
    return visitor.pointwise(this);
  }

  /** The operator of a kind of this family. */
  static Optional<Pointwise> of(String kind) {
    return switch (kind) {
      case PassThrough.KIND -> Optional.of(new PassThrough());
      default -> Optional.empty();
    };
  }

  /** The identity: carries an activation that could not be fused into its producer. */
  record PassThrough() implements Pointwise {
    /** Its kind. */
    public static final String KIND = "pass-through";

    /** Whether an operator is the identity. */
    public static boolean is(Operator operator) {
      return operator instanceof PassThrough;
    }

    @Override
    public String kind() {
      return KIND;
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
    public <R> R match(Function<PassThrough, R> passThrough) {
      return passThrough.apply(this);
    }
  }
}
