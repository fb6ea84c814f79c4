package dev.thresher.network;

import dev.thresher.tensor.FeatureShape;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** Makes one value of several positions of a channel. */
public sealed interface Reduce extends Operator {
  /** One function a kind. */
  <R> R match(Function<GlobalAveragePool, R> globalAveragePool);

  /** Positions of which one value is made. */
  int positions(FeatureShape in);

  @Override
  default <R> R accept(Visitor<R> visitor) {
    return visitor.reduce(this);
  }

  /** The operator of a kind of this family. */
  static Optional<Reduce> of(String kind) {
    return switch (kind) {
      case GlobalAveragePool.KIND -> Optional.of(new GlobalAveragePool());
      default -> Optional.empty();
    };
  }

  /** Mean over H and W: [C, H, W] to [C, 1, 1]. */
  record GlobalAveragePool() implements Reduce {
    /** Its kind. */
    public static final String KIND = "global-average-pool";

    @Override
    public String kind() {
      return KIND;
    }

    @Override
    public FeatureShape outputShape(List<FeatureShape> in) {
      return new FeatureShape(in.get(0).channels(), 1, 1);
    }

    @Override
    public int positions(FeatureShape in) {
      return in.positions();
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
    public <R> R match(Function<GlobalAveragePool, R> globalAveragePool) {
      return globalAveragePool.apply(this);
    }
  }
}
