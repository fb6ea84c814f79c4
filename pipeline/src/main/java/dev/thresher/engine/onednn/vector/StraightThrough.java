package dev.thresher.engine.onednn.vector;

import java.nio.ByteBuffer;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * The backward pass over one block of a tensor. Sums are kept lane by lane and added up in a fixed
 * order, so that the same block gives the same bytes every time.
 */
public final class StraightThrough {
  /** Index of the sum of g * residual, in sums filled by {@link #mask}; in state units. */
  public static final int ROUNDING = 0;

  /** Index of the sum of g over elements outside below, less those outside above; in states. */
  public static final int NET = 1;

  /** Index of the sum of g over all elements outside; in states. */
  public static final int GROSS = 2;

  /** What {@link #ROUNDING} is to be divided by. */
  public static final double RESOLUTION = State.RESOLUTION;

  private final float[] lanes = new float[Lanes.COUNT];
  private final ByteBuffer restOfGradients = direct(Lanes.COUNT * Gradients.BYTES);
  private final ByteBuffer restOfStates = direct(Lanes.COUNT);

  private static ByteBuffer direct(int size) {
    return ByteBuffer.allocateDirect(size).order(Lanes.ORDER);
  }

  /**
   * Stops the gradient where the state says so, scales what passes, and gathers the sums of what
   * came: {@code out = inside ? g * scale : 0}. May work in place.
   *
   * @param g gradient at the dequantized values
   * @param scales per channel, repeated over one period; the block starts with the first channel
   * @param sums the three sums are added to it
   */
  public void mask(
      ByteBuffer g,
      int from,
      ByteBuffer states,
      int statesFrom,
      float[] scales,
      ByteBuffer out,
      int to,
      int n,
      double[] sums) {
    int whole = n / Lanes.COUNT * Lanes.COUNT;
    maskWhole(g, from, states, statesFrom, scales, 0, out, to, whole, sums);
    if (whole == n) {
      return;
    }
    int rest = n - whole;
    for (int i = 0; i < Lanes.COUNT; i++) {
      Gradients.put(i < rest ? Gradients.get(g, from + whole + i) : 0f, restOfGradients, i);
      restOfStates.put(i, i < rest ? states.get(statesFrom + whole + i) : 0);
    }
    int phase = whole % scales.length;
    maskWhole(
        restOfGradients, 0, restOfStates, 0, scales, phase, out, to + whole, Lanes.COUNT, sums);
  }

  private void maskWhole(
      ByteBuffer g,
      int from,
      ByteBuffer states,
      int statesFrom,
      float[] scales,
      int firstPhase,
      ByteBuffer out,
      int to,
      int n,
      double[] sums) {
    FloatVector rounding = FloatVector.zero(Lanes.FLOATS);
    FloatVector net = rounding;
    FloatVector gross = rounding;
    int period = scales.length;
    int phase = firstPhase;
    for (int i = 0; i < n; i += Lanes.COUNT) {
      IntVector bits = Gradients.load(g, from + i).reinterpretAsInts();
      IntVector state = Lanes.signedBytes(states, statesFrom + i);
      IntVector inside = state.abs().sub(State.BELOW).lanewise(VectorOperators.ASHR, 31);
      FloatVector value = Lanes.toFloats(state);
      FloatVector passed = bits.and(inside).reinterpretAsFloats();
      FloatVector stopped = bits.lanewise(VectorOperators.AND_NOT, inside).reinterpretAsFloats();
      rounding = passed.fma(value, rounding);
      net = stopped.fma(value, net);
      gross = stopped.add(gross);
      Gradients.store(passed.mul(Lanes.floats(scales, phase)), out, to + i);
      phase += Lanes.COUNT;
      if (phase == period) {
        phase = 0;
      }
    }
    sums[ROUNDING] += total(rounding);
    sums[NET] += total(net) / State.BELOW;
    sums[GROSS] += total(gross);
  }

  private double total(FloatVector vector) {
    Lanes.carried(vector).intoArray(lanes, 0);
    double sum = 0;
    for (int i = 0; i < Lanes.COUNT; i++) {
      sum += lanes[i];
    }
    return sum;
  }
}
