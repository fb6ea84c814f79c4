package dev.thresher.engine.onednn.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Blocks of accumulators or real values to integers, and their straight-through states.
 *
 * <p>Three short loops rather than one: in one loop the same pass was measured to take from 65 to
 * 500 ms for a batch, depending on how C2 happened to compile it; in three, from 65 to 170.
 */
public final class Requantization {
  private static final float LARGE = 1e30f;

  private Requantization() {}

  /**
   * {@code steps = (float) (acc + bias) * multiplier}, not yet rounded.
   *
   * @param accumulators n elements, the first of the first channel
   * @param bias per channel, repeated over one period
   * @param multipliers per channel, repeated over one period
   */
  public static void steps(
      int[] accumulators, int[] bias, float[] multipliers, float[] steps, int n) {
    int period = bias.length;
    int phase = 0;
    for (int i = 0; i < n; i += Lanes.COUNT) {
      IntVector sum = Lanes.ints(accumulators, i).add(Lanes.ints(bias, phase));
      Lanes.toFloats(sum).mul(Lanes.floats(multipliers, phase)).intoArray(steps, i);
      phase += Lanes.COUNT;
      if (phase == period) {
        phase = 0;
      }
    }
  }

  /**
   * {@code code = clip(rint(steps)) + z}. Clamps as integers, which is one instruction where a
   * clamp of Java's floats is many: the bits of rounded values are in order around the grid, and on
   * the right side of it elsewhere.
   */
  public static void codes(float[] steps, CodeGrid grid, byte[] codes, int n) {
    int lower = grid.lowerBits();
    int upper = grid.upperBits();
    int zeroPoint = grid.zeroPoint();
    for (int i = 0; i < n; i += Lanes.COUNT) {
      IntVector rounded = Lanes.floats(steps, i).add(Lanes.ROUNDER).reinterpretAsInts();
      Lanes.writeBytes(rounded.max(lower).min(upper).add(zeroPoint), codes, i);
    }
  }

  /** The state of each value: its rounding residual inside the grid, its side outside. */
  public static void states(float[] steps, CodeGrid grid, byte[] states, int n) {
    float low = grid.insideLow();
    int below = grid.below();
    int above = grid.above();
    FloatVector high = FloatVector.broadcast(Lanes.FLOATS, grid.insideHigh());
    FloatVector resolution = FloatVector.broadcast(Lanes.FLOATS, State.RESOLUTION);
    FloatVector rounder = FloatVector.broadcast(Lanes.FLOATS, Lanes.ROUNDER);
    for (int i = 0; i < n; i += Lanes.COUNT) {
      FloatVector v = Lanes.floats(steps, i);
      FloatVector residual = v.add(rounder).sub(rounder).sub(v);
      // Inside: 2 rint(residual * 126) + 1, an odd number that fits a byte.
      IntVector half = residual.fma(resolution, rounder).reinterpretAsInts();
      IntVector under = negative(v.sub(low));
      IntVector over = negative(high.sub(v));
      IntVector inside = half.add(half).add(1).lanewise(VectorOperators.AND_NOT, under.or(over));
      Lanes.writeBytes(inside.or(under.and(below)).or(over.and(above)), states, i);
    }
  }

  /** All ones where a value is below zero. */
  private static IntVector negative(FloatVector v) {
    return v.reinterpretAsInts().lanewise(VectorOperators.ASHR, 31);
  }

  /** {@code sum += part}: the pieces of a convolution that is computed in parts. */
  public static void accumulate(int[] part, int[] sum, int n) {
    for (int i = 0; i < n; i += Lanes.COUNT) {
      Lanes.ints(sum, i).add(Lanes.ints(part, i)).intoArray(sum, i);
    }
  }

  /** {@code values /= scale}; NaN becomes zero, infinity large. */
  public static void divide(float[] values, float scale, int n) {
    for (int i = 0; i < n; i += Lanes.COUNT) {
      FloatVector v = Lanes.floats(values, i).div(scale);
      v.blend(0f, v.compare(VectorOperators.NE, v)).max(-LARGE).min(LARGE).intoArray(values, i);
    }
  }

  /** {@code steps = (a - za) * ra}: the identity onto another grid. */
  public static void rescale(byte[] a, int za, float ra, float[] steps, int n) {
    for (int i = 0; i < n; i += Lanes.COUNT) {
      Lanes.toFloats(Lanes.unsignedBytes(a, i).sub(za)).mul(ra).intoArray(steps, i);
    }
  }

  /** {@code steps += (b - zb) * rb}: the second summand. */
  public static void addRescaled(byte[] b, int zb, float rb, float[] steps, int n) {
    for (int i = 0; i < n; i += Lanes.COUNT) {
      FloatVector term = Lanes.toFloats(Lanes.unsignedBytes(b, i).sub(zb)).mul(rb);
      Lanes.floats(steps, i).add(term).intoArray(steps, i);
    }
  }
}
