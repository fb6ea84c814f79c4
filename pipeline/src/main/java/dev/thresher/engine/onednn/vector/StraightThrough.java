package dev.thresher.engine.onednn.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The backward passes over one block of a tensor. Sums are kept lane by lane and added up in a
 * fixed order, so that the same block gives the same bytes every time.
 */
public final class StraightThrough {
  /** Index of the sum of g * residual, in sums filled by {@link #mask}; in state units. */
  public static final int ROUNDING = 0;

  /** Index of the sum of g over elements saturated high, less those saturated low. */
  public static final int NET = 1;

  /** Index of the sum of g over all saturated elements. */
  public static final int GROSS = 2;

  /** What {@link #ROUNDING} is to be divided by. */
  public static final double RESOLUTION = State.RESOLUTION;

  private StraightThrough() {}

  /** {@code g += other}: a tensor with several readers. */
  public static void add(float[] g, float[] other, int n) {
    for (int i = 0; i < n; i += Lanes.COUNT) {
      Lanes.floats(g, i).add(Lanes.floats(other, i)).intoArray(g, i);
    }
  }

  /**
   * Stops the gradient where the state says so, in place, and gathers the sums.
   *
   * @param g gradient at the dequantized values; zero beyond n
   * @param lanes receives each sum's lanes
   * @param sums the three sums are added to it
   */
  public static void mask(float[] g, byte[] states, int n, float[] lanes, double[] sums) {
    FloatVector rounding = FloatVector.zero(Lanes.FLOATS);
    FloatVector net = FloatVector.zero(Lanes.FLOATS);
    FloatVector gross = FloatVector.zero(Lanes.FLOATS);
    for (int i = 0; i < n; i += Lanes.COUNT) {
      IntVector state = Lanes.signedBytes(states, i);
      IntVector bits = Lanes.floats(g, i).reinterpretAsInts();
      IntVector passes = state.and(1).neg();
      FloatVector value = Lanes.toFloats(state.lanewise(VectorOperators.ASHR, 1));
      FloatVector passed = bits.and(passes).reinterpretAsFloats();
      FloatVector stopped = bits.lanewise(VectorOperators.AND_NOT, passes).reinterpretAsFloats();
      rounding = passed.fma(value, rounding);
      net = stopped.fma(value, net);
      gross = stopped.fma(value.abs(), gross);
      passed.intoArray(g, i);
    }
    sums[ROUNDING] += total(rounding, lanes);
    sums[NET] += total(net, lanes);
    sums[GROSS] += total(gross, lanes);
  }

  private static double total(FloatVector vector, float[] lanes) {
    vector.intoArray(lanes, 0);
    double sum = 0;
    for (int i = 0; i < Lanes.COUNT; i++) {
      sum += lanes[i];
    }
    return sum;
  }

  /**
   * {@code sums += g * (residual + offset)}, per channel.
   *
   * @param residuals what the node would compute from the weights' derivatives
   * @param offsets per channel, repeated over one period
   * @param sums per channel, repeated over one period
   */
  public static void reduce(float[] g, int[] residuals, int n, int[] offsets, float[] sums) {
    int period = offsets.length;
    int phase = 0;
    for (int i = 0; i < n; i += Lanes.COUNT) {
      IntVector moved = Lanes.ints(residuals, i).add(Lanes.ints(offsets, phase));
      Lanes.floats(g, i)
          .fma(Lanes.toFloats(moved), Lanes.floats(sums, phase))
          .intoArray(sums, phase);
      phase += Lanes.COUNT;
      if (phase == period) {
        phase = 0;
      }
    }
  }

  /** {@code g *= scale}, per channel. */
  public static void scale(float[] g, float[] scales, int n) {
    int period = scales.length;
    int phase = 0;
    for (int i = 0; i < n; i += Lanes.COUNT) {
      Lanes.floats(g, i).mul(Lanes.floats(scales, phase)).intoArray(g, i);
      phase += Lanes.COUNT;
      if (phase == period) {
        phase = 0;
      }
    }
  }

  /** {@code out = g * scale}, per channel, bfloat16. */
  public static void scaleToBfloat(float[] g, float[] scales, short[] out, int n) {
    int period = scales.length;
    int phase = 0;
    for (int i = 0; i < n; i += Lanes.COUNT) {
      Lanes.writeBfloats(Lanes.floats(g, i).mul(Lanes.floats(scales, phase)), out, i);
      phase += Lanes.COUNT;
      if (phase == period) {
        phase = 0;
      }
    }
  }
}
