package dev.thresher.engine.onednn.vector;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Accumulators and real values to integers and their straight-through states. Positions and lengths
 * count elements.
 */
public final class Requantization {
  private static final float LARGE = 1e30f;

  private Requantization() {}

  /**
   * {@code steps = (float) (acc + bias) * multiplier}, in place, not yet rounded.
   *
   * @param accumulators int32, becomes float32; the first of the first channel
   * @param bias per channel, repeated over one period
   * @param multipliers per channel, repeated over one period
   */
  public static void steps(ByteBuffer accumulators, int[] bias, float[] multipliers, int n) {
    int period = bias.length;
    int phase = 0;
    for (int i = 0; i < n; i += Lanes.COUNT) {
      IntVector sum = Lanes.ints(accumulators, i).add(Lanes.ints(bias, phase));
      Lanes.store(Lanes.toFloats(sum).mul(Lanes.floats(multipliers, phase)), accumulators, i);
      phase += Lanes.COUNT;
      if (phase == period) {
        phase = 0;
      }
    }
  }

  /** {@code code = clip(rint(steps)) + z}. */
  public static void codes(ByteBuffer steps, CodeGrid grid, ByteBuffer codes, int to, int n) {
    FloatVector low = FloatVector.broadcast(Lanes.FLOATS, grid.low());
    FloatVector high = FloatVector.broadcast(Lanes.FLOATS, grid.high());
    FloatVector rounder = FloatVector.broadcast(Lanes.FLOATS, Lanes.ROUNDER);
    int zeroPoint = grid.zeroPoint();
    for (int i = 0; i < n; i += Lanes.COUNT) {
      FloatVector rounded = Lanes.floats(steps, i).max(low).min(high).add(rounder);
      Lanes.writeBytes(rounded.reinterpretAsInts().add(zeroPoint), codes, to + i);
    }
  }

  /**
   * Codes as {@link #codes}, and the state of each value: its rounding residual inside the grid,
   * its side outside.
   *
   * @param to where codes and states start
   */
  public static void codesAndStates(
      ByteBuffer steps, CodeGrid grid, ByteBuffer codes, ByteBuffer states, int to, int n) {
    if (grid.startsAtZero()) {
      codesAndStatesFromZero(steps, grid, codes, states, to, n);
      return;
    }
    FloatVector low = FloatVector.broadcast(Lanes.FLOATS, grid.low());
    FloatVector high = FloatVector.broadcast(Lanes.FLOATS, grid.high());
    for (int i = 0; i < n; i += Lanes.COUNT) {
      FloatVector v = Lanes.floats(steps, i);
      write(v, v.max(low).min(high), grid.zeroPoint(), codes, states, to + i);
    }
  }

  /**
   * A clamp of Java's floats is many instructions, one of integers is one: the bits of positive
   * floats are in their order, and those of negative ones are negative.
   */
  private static void codesAndStatesFromZero(
      ByteBuffer steps, CodeGrid grid, ByteBuffer codes, ByteBuffer states, int to, int n) {
    int high = Float.floatToRawIntBits(grid.high());
    for (int i = 0; i < n; i += Lanes.COUNT) {
      FloatVector v = Lanes.floats(steps, i);
      FloatVector inside = v.reinterpretAsInts().max(0).min(high).reinterpretAsFloats();
      write(v, inside, grid.zeroPoint(), codes, states, to + i);
    }
  }

  /** What was cut off, however small, is made large and saturates the state. */
  private static void write(
      FloatVector v,
      FloatVector inside,
      int zeroPoint,
      ByteBuffer codes,
      ByteBuffer states,
      int at) {
    FloatVector rounder = FloatVector.broadcast(Lanes.FLOATS, Lanes.ROUNDER);
    FloatVector resolution = FloatVector.broadcast(Lanes.FLOATS, State.RESOLUTION);
    FloatVector large = FloatVector.broadcast(Lanes.FLOATS, LARGE);
    FloatVector rounded = inside.add(rounder);
    Lanes.writeBytes(rounded.reinterpretAsInts().add(zeroPoint), codes, at);
    FloatVector residual = rounded.sub(rounder).sub(inside).fma(resolution, rounder);
    IntVector state = inside.sub(v).fma(large, residual).reinterpretAsInts();
    Lanes.writeBytes(
        state.max(Lanes.ROUNDER_BITS + State.ABOVE).min(Lanes.ROUNDER_BITS + State.BELOW),
        states,
        at);
  }

  /** {@code sum += part}, int32: the pieces of a convolution that is computed in parts. */
  public static void accumulate(ByteBuffer part, ByteBuffer sum, int n) {
    for (int i = 0; i < n; i += Lanes.COUNT) {
      Lanes.ints(sum, i)
          .add(Lanes.ints(part, i))
          .intoByteBuffer(sum, i * Integer.BYTES, Lanes.ORDER);
    }
  }

  /** {@code steps = value / scale}; NaN becomes zero, infinity large. */
  public static void divide(
      float[] values, int from, float scale, ByteBuffer steps, int to, int n) {
    int whole = n / Lanes.COUNT * Lanes.COUNT;
    for (int i = 0; i < whole; i += Lanes.COUNT) {
      Lanes.store(finite(Lanes.floats(values, from + i).div(scale)), steps, to + i);
    }
    for (int i = whole; i < n; i++) {
      float v = values[from + i] / scale;
      float finite = Float.isNaN(v) ? 0 : Math.min(Math.max(v, -LARGE), LARGE);
      steps.putFloat((to + i) * Float.BYTES, finite);
    }
  }

  private static FloatVector finite(FloatVector v) {
    return v.blend(0f, v.compare(VectorOperators.NE, v)).max(-LARGE).min(LARGE);
  }

  /** {@code steps = (a - za) * ra}: the identity onto another grid. */
  public static void rescale(ByteBuffer a, int from, int za, float ra, ByteBuffer steps, int n) {
    for (int i = 0; i < n; i += Lanes.COUNT) {
      Lanes.store(Lanes.toFloats(Lanes.unsignedBytes(a, from + i).sub(za)).mul(ra), steps, i);
    }
  }

  /** {@code steps += (b - zb) * rb}: the second summand. */
  public static void addRescaled(
      ByteBuffer b, int from, int zb, float rb, ByteBuffer steps, int n) {
    for (int i = 0; i < n; i += Lanes.COUNT) {
      FloatVector term = Lanes.toFloats(Lanes.unsignedBytes(b, from + i).sub(zb)).mul(rb);
      Lanes.store(Lanes.floats(steps, i).add(term), steps, i);
    }
  }
}
