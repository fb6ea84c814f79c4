package dev.thresher.network;

import dev.thresher.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;

/** Per-channel {@code y = scale x + shift}, written as the batch normalization that equals it. */
final class Affine {
  private Affine() {}

  /** Mean 0, variance 1, epsilon 0: gamma is the scale and beta the shift. */
  static BatchNormalization of(Tensor scale, Tensor shift) {
    int channels = scale.size();
    return new BatchNormalization(
        scale, shift, constant(0f, channels), constant(1f, channels), 0.0);
  }

  /**
   * One operator for two in a row: a shift joins the bias before it, an affine step the batch
   * normalization before it; empty where they cannot be merged.
   */
  static Optional<Operator> merge(Operator first, Operator second) {
    if (!(second instanceof BatchNormalization affine) || !isAffine(affine)) {
      return Optional.empty();
    }
    if (first instanceof Linear weighted && isConstant(affine.gamma(), 1f)) {
      return Optional.of(weighted.with(weighted.weights(), sum(weighted.bias(), affine.beta())));
    }
    if (first instanceof BatchNormalization norm) {
      return Optional.of(
          new BatchNormalization(
              product(norm.gamma(), affine.gamma()),
              sum(product(norm.beta(), affine.gamma()), affine.beta()),
              norm.mean(),
              norm.variance(),
              norm.epsilon()));
    }
    return Optional.empty();
  }

  private static boolean isAffine(BatchNormalization norm) {
    return norm.epsilon() == 0.0 && isConstant(norm.mean(), 0f) && isConstant(norm.variance(), 1f);
  }

  private static boolean isConstant(Tensor tensor, float value) {
    for (int i = 0; i < tensor.size(); i++) {
      if (tensor.get(i) != value) {
        return false;
      }
    }
    return true;
  }

  private static Tensor constant(float value, int size) {
    float[] values = new float[size];
    Arrays.fill(values, value);
    return Tensor.of(values, size);
  }

  private static Tensor sum(Tensor a, Tensor b) {
    float[] values = a.values();
    for (int i = 0; i < values.length; i++) {
      values[i] += b.get(i);
    }
    return Tensor.of(values, values.length);
  }

  private static Tensor product(Tensor a, Tensor b) {
    float[] values = a.values();
    for (int i = 0; i < values.length; i++) {
      values[i] *= b.get(i);
    }
    return Tensor.of(values, values.length);
  }
}
