package dev.thresher.network;

import dev.thresher.tensor.FeatureShape;
import dev.thresher.tensor.Tensor;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * {@code y = gamma (x - mean) / sqrt(variance + epsilon) + beta} per channel. Only a float network
 * that was just read has it: folding takes it out, and nothing behind that computes it.
 *
 * @param gamma [C]
 * @param beta [C]
 * @param mean [C]
 * @param variance [C], not negative
 * @param epsilon added to the variance
 */
public record BatchNormalization(
    Tensor gamma, Tensor beta, Tensor mean, Tensor variance, double epsilon) implements Operator {
  /** Its kind. */
  public static final String KIND = "batch-normalization";

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

  /** The operator, if it is a batch normalization. */
  public static Optional<BatchNormalization> of(Operator operator) {
    return operator instanceof BatchNormalization same ? Optional.of(same) : Optional.empty();
  }

  static Optional<BatchNormalization> of(String kind, OperatorParts parts) {
    return kind.equals(KIND)
        ? Optional.of(
            new BatchNormalization(
                parts.constant(0),
                parts.constant(1),
                parts.constant(2),
                parts.constant(3),
                parts.real("epsilon")))
        : Optional.empty();
  }

  @Override
  public String kind() {
    return KIND;
  }

  @Override
  public FeatureShape outputShape(List<FeatureShape> in) {
    FeatureShape x = in.get(0);
    if (gamma.size() != x.channels()) {
      throw new IllegalArgumentException(
          "the weights are for "
              + gamma.size()
              + " input channels, the input has "
              + x.channels()
              + ".");
    }
    return x;
  }

  @Override
  public OperatorParts parts() {
    return OperatorParts.of(gamma, beta, mean, variance).with("epsilon", epsilon);
  }

  @Override
  public boolean isNonNegative(BooleanSupplier inputsAre) {
    return false;
  }

  @Override
  public ChannelTie channelTie() {
    return ChannelTie.FREE;
  }

  @Override
  public <R> R accept(Visitor<R> visitor) {
    return visitor.normalization(this);
  }
}
