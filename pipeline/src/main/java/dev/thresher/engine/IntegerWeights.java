package dev.thresher.engine;

import dev.thresher.quantize.Granularity;
import java.util.Arrays;

/**
 * The integers of one weighted node: {@code w = codes * scales[k]}, {@code b = bias * inputScale *
 * scales[k]} for filter k. Immutable: arrays are copied in and out.
 */
public final class IntegerWeights {
  private final int[] shape;
  private final byte[] codes;
  private final float[] scales;
  private final int[] bias;
  private final float[] multipliers;

  /**
   * Copies what is given.
   *
   * @param shape [O, I / groups, kH, kW] or [O, I]
   * @param codes weights, row-major
   * @param scales real value of one step, per filter
   * @param bias per filter
   * @param multipliers accumulator steps to output steps, per filter
   * @throws IllegalArgumentException if the lengths disagree with the shape
   */
  public IntegerWeights(
      int[] shape, byte[] codes, float[] scales, int[] bias, float[] multipliers) {
    this.shape = shape.clone();
    this.codes = codes.clone();
    this.scales = scales.clone();
    this.bias = bias.clone();
    this.multipliers = multipliers.clone();
    long size = 1;
    for (int extent : shape) {
      if (extent < 1) {
        throw new IllegalArgumentException(
            "its weights have the shape "
                + Arrays.toString(shape)
                + ": every extent must be positive.");
      }
      size = Math.multiplyExact(size, extent);
    }
    check("weights", codes.length, size);
    check("weight scales", scales.length, shape[0]);
    check("biases", bias.length, shape[0]);
    check("multipliers", multipliers.length, shape[0]);
  }

  /** The same integers in the same order under other extents. */
  public IntegerWeights reshaped(int... other) {
    return new IntegerWeights(other, codes, scales, bias, multipliers);
  }

  /**
   * The same integers for runtimes that flush or refuse denormal scales: a filter of zeros, or a
   * tensor of them where the granularity is per-tensor, has the scale 1 where its product with the
   * input's scale would be denormal. Zero times any scale is zero.
   */
  public IntegerWeights portable(Granularity granularity, float inputScale) {
    int parts = granularity == Granularity.PER_TENSOR ? 1 : filters();
    float[] replaced = scales.clone();
    for (int part = 0; part < parts; part++) {
      int from = part * filters() / parts;
      int to = (part + 1) * filters() / parts;
      if (inputScale * scales[from] < Float.MIN_NORMAL && isZero(from, to)) {
        Arrays.fill(replaced, from, to, 1f);
      }
    }
    return new IntegerWeights(shape, codes, replaced, bias, multipliers);
  }

  private boolean isZero(int from, int to) {
    int each = codes.length / filters();
    for (int i = from * each; i < to * each; i++) {
      if (codes[i] != 0) {
        return false;
      }
    }
    return Arrays.stream(bias, from, to).allMatch(b -> b == 0);
  }

  private void check(String what, int given, long wanted) {
    if (given != wanted) {
      throw new IllegalArgumentException(
          "it has "
              + given
              + " "
              + what
              + ", the shape "
              + Arrays.toString(shape)
              + " needs "
              + wanted
              + ".");
    }
  }

  /** Output filters. */
  public int filters() {
    return shape[0];
  }

  /** A copy of the extents. */
  public int[] shape() {
    return shape.clone();
  }

  /** A copy of the weights, row-major. */
  public byte[] codes() {
    return codes.clone();
  }

  /** A copy of the weight scales. */
  public float[] scales() {
    return scales.clone();
  }

  /** A copy of the biases. */
  public int[] bias() {
    return bias.clone();
  }

  /** A copy of the multipliers. */
  public float[] multipliers() {
    return multipliers.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof IntegerWeights that
        && Arrays.equals(shape, that.shape)
        && Arrays.equals(codes, that.codes)
        && Arrays.equals(scales, that.scales)
        && Arrays.equals(bias, that.bias)
        && Arrays.equals(multipliers, that.multipliers);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(shape) + Arrays.hashCode(codes);
  }

  @Override
  public String toString() {
    return "IntegerWeights" + Arrays.toString(shape);
  }
}
