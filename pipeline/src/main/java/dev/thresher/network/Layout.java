package dev.thresher.network;

import dev.thresher.tensor.FeatureShape;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/** The same values elsewhere, or under other extents; its grid is its input's. */
public sealed interface Layout extends Operator {
  /** One function a kind. */
  <R> R match(Function<Flatten, R> flatten);

  @Override
  default boolean keepsGrid() {
    return true;
  }

  @Override
  default boolean isNonNegative(BooleanSupplier inputsAre) {
    return inputsAre.getAsBoolean();
  }

  @Override
  default <R> R accept(Visitor<R> visitor) {
    return visitor.layout(this);
  }

  /** The operator of a kind of this family. */
  static Optional<Layout> of(String kind) {
    return switch (kind) {
      case Flatten.KIND -> Optional.of(new Flatten());
      default -> Optional.empty();
    };
  }

  /**
   * [C, H, W] to [C * H * W, 1, 1] in channel-first order; the importer admits it only where H = W
   * = 1, so that memory layouts do not matter.
   */
  record Flatten() implements Layout {
    /** Its kind. */
    public static final String KIND = "flatten";

    @Override
    public String kind() {
      return KIND;
    }

    @Override
    public FeatureShape outputShape(List<FeatureShape> in) {
      return new FeatureShape(in.get(0).size(), 1, 1);
    }

    @Override
    public boolean isView() {
      return true;
    }

    @Override
    public ChannelTie channelTie() {
      return ChannelTie.EQUAL;
    }

    @Override
    public <R> R match(Function<Flatten, R> flatten) {
      return flatten.apply(this);
    }
  }
}
