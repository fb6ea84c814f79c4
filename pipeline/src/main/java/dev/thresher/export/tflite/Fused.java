package dev.thresher.export.tflite;

import dev.thresher.network.Activation;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;

/** The clamps that TFLite's operators carry within them, as real values. */
public enum Fused {
  /** The ends of int8 only. */
  NONE(Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY),
  /** Not below 0. */
  RELU(0, Float.POSITIVE_INFINITY),
  /** From -1 to 1. */
  RELU_N1_TO_1(-1, 1),
  /** From 0 to 6. */
  RELU6(0, 6);

  private final float least;
  private final float greatest;

  Fused(float lower, float upper) {
    this.least = lower;
    this.greatest = upper;
  }

  /** Least integer that the kernels let pass on the grid of {@code output}. */
  public int lower(Int8Tensor output) {
    return code(output, least, Int8Tensor.MIN);
  }

  /** Greatest integer that the kernels let pass on the grid of {@code output}. */
  public int upper(Int8Tensor output) {
    return code(output, greatest, Int8Tensor.MAX);
  }

  /** {@code zero_point + round(bound / scale)} in float, half away from zero, within int8. */
  private static int code(Int8Tensor output, float bound, int end) {
    if (Float.isInfinite(bound)) {
      return end;
    }
    double code = output.zeroPoint() + Int8Tensor.round(bound / output.scale());
    return (int) Math.min(Math.max(code, Int8Tensor.MIN), Int8Tensor.MAX);
  }

  /**
   * The clamp that lets exactly these integers pass; where several do, the one that says what the
   * network says, since runtimes that compute in float again go by it.
   */
  static Optional<Fused> of(Activation activation, Int8Tensor output, int lower, int upper) {
    Set<Fused> all = new LinkedHashSet<>();
    EnumSet.allOf(Fused.class).stream()
        .filter(fused -> activation.equals(new Activation(fused.least, fused.greatest)))
        .forEach(all::add);
    if (activation.lower() == 0) {
      all.add(RELU);
    }
    all.addAll(EnumSet.allOf(Fused.class));
    return all.stream()
        .filter(fused -> fused.lower(output) == lower && fused.upper(output) == upper)
        .findFirst();
  }
}
